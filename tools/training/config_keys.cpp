#include "tools/training/config_keys.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "agent/training/train_config.h"
#include "env/nearest_name.h"
#include "tools/config/board_toml.h"
#include "tools/config/scenario_toml.h"
#include "tools/config/suite.h"
#include "tools/config/workload_toml.h"

namespace flyball {

namespace {

// "number in [0, 1), default 0".
std::string value_text(const FieldText& field) {
  std::string text = field.type;
  if (!field.range.empty()) text += " " + field.range;
  if (!field.unit.empty()) text += ", " + field.unit;
  if (field.standard == "required") return text + ", required";
  return field.standard.empty() ? text : text + ", default " + field.standard;
}

}  // namespace

const std::vector<std::string>& config_kinds() {
  static const std::vector<std::string> kinds = {"boards", "scenarios", "suites", "train",
                                                 "workloads"};
  return kinds;
}

std::vector<FieldText> config_keys(const std::string& kind) {
  if (kind == "boards") return describe_fields<BoardToml>();
  if (kind == "scenarios") return describe_fields<ScenarioToml>();
  if (kind == "suites") return describe_fields<Suite>();
  if (kind == "train") return describe_fields<TrainConfig>();
  if (kind == "workloads") return describe_fields<WorkloadToml>();
  throw std::invalid_argument(unknown_name("kind", kind, config_kinds()));
}

std::string help_text(const std::vector<FieldText>& fields) {
  std::string text;
  for (const FieldText& field : fields) {
    text += fmt::format("{}\n    {}\n    {}\n", field.path, value_text(field), field.about);
  }
  return text;
}

nlohmann::ordered_json keys_json(const std::vector<FieldText>& fields) {
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(text);
  };
  nlohmann::ordered_json keys = nlohmann::ordered_json::array();
  for (const FieldText& field : fields) {
    const bool is_required = field.standard == "required";
    keys.push_back({{"key", field.path},
                    {"type", field.type},
                    {"range", text_or_null(field.range)},
                    {"unit", text_or_null(field.unit)},
                    {"required", is_required},
                    {"default", text_or_null(is_required ? "" : field.standard)},
                    {"about", field.about}});
  }
  return keys;
}

std::string markdown_table(const std::vector<FieldText>& fields) {
  std::string table = "| key | value | meaning |\n|---|---|---|\n";
  for (const FieldText& field : fields) {
    table += fmt::format("| `{}` | {} | {} |\n", field.path, value_text(field), field.about);
  }
  return table;
}

std::string key_page(const std::string& kind) {
  const std::string head = fmt::format(
      "# Keys of configs/{0}\nWritten by `flyball keys {0} --markdown`, from the lists of fields "
      "that "
      "the programs read by. Entries of `[[tables]]` are written `key[]`, and `NAME` stands for a "
      "name of one's own. A key without a default may be absent.\n\n",
      kind);
  return head + markdown_table(config_keys(kind));
}

}  // namespace flyball
