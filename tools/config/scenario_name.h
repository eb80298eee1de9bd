// What a scenario is called where one text names it: in a log's header, in validation.scenario, in
// --validate. A name or a path, and what is set over its file as on a command line:
// "street-tx2 --set arrivals.deadline_seconds=0.28". Free functions.
#pragma once

#include <string>
#include <vector>

namespace flyball {

struct ScenarioName {
  std::string id_or_path;
  std::vector<std::string> assignments;  // "KEY=VALUE"
};

ScenarioName parse_scenario_name(const std::string& text);
std::string text_of(const ScenarioName& name);

// Whether there is such a scenario here: a name in configs/scenarios, or a file.
bool is_scenario_here(const ScenarioName& name);

}  // namespace flyball
