#include "tools/config/scenario_name.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "tools/config/config_directory.h"

namespace flyball {

namespace {

const std::string kSet = " --set ";

}  // namespace

ScenarioName parse_scenario_name(const std::string& text) {
  std::size_t end = text.find(kSet);
  ScenarioName name{text.substr(0, end), {}};
  while (end != std::string::npos) {
    const std::size_t begin = end + kSet.size();
    end = text.find(kSet, begin);
    name.assignments.push_back(
        text.substr(begin, end == std::string::npos ? std::string::npos : end - begin));
  }
  return name;
}

std::string text_of(const ScenarioName& name) {
  std::string text = name.id_or_path;
  for (const std::string& assignment : name.assignments) text += kSet + assignment;
  return text;
}

bool is_scenario_here(const ScenarioName& name) {
  if (is_config_path(name.id_or_path)) {
    std::error_code error;
    return std::filesystem::is_regular_file(name.id_or_path, error);
  }
  const std::vector<std::string> known = list_configs("scenarios");
  return std::ranges::find(known, name.id_or_path) != known.end();
}

}  // namespace flyball
