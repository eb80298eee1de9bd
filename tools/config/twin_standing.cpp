#include "tools/config/twin_standing.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/config/config_directory.h"
#include "tools/config/read_fields.h"
#include "tools/config/scenario_application.h"
#include "tools/config/scenario_name.h"

namespace flyball {

namespace {

void add_twin(const TomlTable& table, std::vector<JudgedTwin>& twins) {
  if (!table.contains("workload")) return;
  const std::filesystem::path file = named_config(table, "workload", "workloads");
  const auto workload = TomlTable::parse_file(file);
  if (!workload.contains("twin")) return;
  twins.push_back({file, read_fields<TwinStanding>(workload.table("twin"))});
}

}  // namespace

std::vector<JudgedTwin> twins_behind(const std::string& scenario) {
  const ScenarioName name = parse_scenario_name(scenario);
  const std::filesystem::path path = find_config("scenarios", name.id_or_path);
  const TomlTable file = TomlTable::parse_file(path, name.assignments);
  if (file.contains("model") && !file.contains("board")) {
    file.fail("model", fmt::format("this is a workload, and a scenario is needed: a file with "
                                   "board, workload = \"{}\", [arrivals] (flyball trace makes them "
                                   "of a request log) and [control]",
                                   path.filename().string()));
  }
  std::vector<JudgedTwin> twins;
  add_twin(file, twins);
  for (const TomlTable& phase : file.tables("mix")) add_twin(phase, twins);
  return twins;
}

double latency_margin(const std::string& scenario) {
  double margin = 1.0;
  for (const JudgedTwin& twin : twins_behind(scenario)) {
    margin = std::min(margin, twin.standing.latency_margin);
  }
  return margin;
}

}  // namespace flyball
