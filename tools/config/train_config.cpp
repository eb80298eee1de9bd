#include "tools/config/train_config.h"

#include <fmt/format.h>

#include <algorithm>

#include "env/errors.h"
#include "env/nearest_name.h"
#include "tools/config/config_directory.h"
#include "tools/config/read_fields.h"
#include "tools/config/scenario.h"

namespace flyball {

namespace {

// A recipe's file, or a scenario whose load chooses it.
struct Named {
  std::filesystem::path file;
  std::optional<std::string> scenario;
};

Named find_named(const std::string& name) {
  if (is_config_path(name)) return {find_config("train", name), std::nullopt};
  const std::vector<std::string> recipes = list_configs("train");
  std::vector<std::string> names = list_configs("scenarios");
  if (std::ranges::find(recipes, name) != recipes.end()) {
    return {find_config("train", name), std::nullopt};
  }
  if (std::ranges::find(names, name) != names.end()) {
    return {find_config("train", recipe_for(load_scenario(name))), name};
  }
  const std::string scenarios = join_names(names);
  names.insert(names.end(), recipes.begin(), recipes.end());
  throw ConfigError(
      fmt::format("no train configuration \"{}\"{} (recipes: {}; scenarios, which are simulated: "
                  "{}; or give the "
                  "path of a file)",
                  name, did_you_mean(name, names), join_names(recipes), scenarios));
}

// The scenario that says what is left open: the one that was named, or that is simulated first.
std::optional<std::string> scenario_of(const Named& named, const TomlTable& file) {
  if (named.scenario) return named.scenario;
  const std::vector<TomlTable> simulations = file.tables("simulate");
  if (simulations.empty()) return std::nullopt;
  return simulations.front().optional<std::string>("scenario");
}

std::optional<OpenKeys> keys_for(const Named& named, const TomlTable& file, const AskData& data) {
  if (!named.scenario && data) {
    if (std::optional<OpenKeys> keys = data()) return keys;
  }
  const std::optional<std::string> scenario = scenario_of(named, file);
  if (!scenario) return std::nullopt;
  return open_keys(load_scenario(*scenario), *scenario);
}

bool leaves_open(const TomlTable& file) {
  const OpenKeys any{{"any"}, {}, 1.0, 1.0, "any"};
  return !missing_in(file, any).empty();
}

// Without them nothing can be learned.
void require_said(const std::filesystem::path& file, const TomlTable& written) {
  for (const char* key : {"knobs", "period_seconds"}) {
    if (written.contains(key)) continue;
    throw ConfigError(
        fmt::format("{}: {}: left to the data that it is used on: give --log, --dataset or "
                    "--simulate, or --set "
                    "{}=...",
                    file.string(), key, key));
  }
}

}  // namespace

TrainConfig load_train_config(const std::string& id_or_path,
                              const std::vector<std::string>& assignments, const AskData& data) {
  const Named named = find_named(id_or_path);
  std::vector<std::string> all = assignments;
  const TomlTable written = TomlTable::parse_file(named.file, all);
  if (leaves_open(written)) {
    if (const std::optional<OpenKeys> keys = keys_for(named, written, data)) {
      for (std::string& key : missing_in(written, *keys)) all.push_back(std::move(key));
    }
  }
  TrainConfig config;
  config.file = named.file;
  config.id = named.scenario.value_or(config.file.stem().string());
  const TomlTable file = TomlTable::parse_file(config.file, all);
  require_said(config.file, file);
  config.text = file.text();
  read_fields(file, config);
  file.reject_unknown();
  const std::vector<TomlTable> simulations = file.tables("simulate");
  for (std::size_t i = 0; i < simulations.size(); ++i) {
    simulations[i].checked([&] { validate(config.simulations[i].log); });
  }
  file.checked([&] {
    validate(config.spans);
    validate(config.trainer);
  });
  // Nothing says on what to measure.
  if (config.validation && config.validation->scenario.empty()) config.validation.reset();
  return config;
}

}  // namespace flyball
