#include "tools/reproduce/published/loudva_import.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "env/logs/importer.h"
#include "tools/config/board_config.h"

namespace flyball {

namespace {

// Energy over the true stamps, from the board's logs (data/README.md of the measurements).
struct Run {
  const char* governor;
  int scenario;
  double energy_joules;
};
constexpr Run kRuns[] = {
    {"stock_governor", 0, 2031}, {"stock_governor", 1, 3903}, {"stock_governor", 3, 2722},
    {"stock_governor", 4, 3368}, {"loud_prof", 0, 1756},      {"loud_prof", 1, 4987},
    {"loud_prof", 3, 2099},      {"loud_prof", 4, 4178},
};

// Counts as a text tool would, so that our readers are not their own witnesses.
struct Counted {
  std::size_t lines = 0;
  std::size_t ending = 0;  // lines that end as asked
};

Counted count_lines(const std::filesystem::path& path, std::string_view ending) {
  std::ifstream stream(path);
  if (!stream) {
    throw std::system_error(errno, std::generic_category(), path.string() + ": cannot open");
  }
  Counted counted;
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    ++counted.lines;
    counted.ending += line.ends_with(ending) ? 1 : 0;
  }
  return counted;
}

}  // namespace

void reproduce_loudva_import(const std::filesystem::path& data, ReproductionTable& table) {
  ImportConfig config;
  config.board = load_board("agx-xavier-32gb").board;
  for (const Run& run : kRuns) {
    const std::string name = fmt::format("{}_{}", run.governor, run.scenario);
    const auto tegrastats_path = data / "serving" / (name + "_tegrastats.log");
    const auto requests_path = data / "serving" / (name + "_requests.csv");
    const Import imported = import_logs(config, read_tegrastats_log(tegrastats_path.string()),
                                        read_request_log(requests_path.string()).requests);
    const auto& last = imported.log.rows.back().telemetry.application.value();
    const Counted request_lines = count_lines(requests_path, ",True");
    const auto number = [](std::size_t n) { return static_cast<double>(n); };
    table.check(name + " samples", number(count_lines(tegrastats_path, "").lines),
                number(imported.log.rows.size()), "lines", 0.0);
    table.check(name + " requests", number(request_lines.lines - 1), number(last.arrived),
                "requests", 0.0);
    table.check(name + " timed out", number(request_lines.ending),
                number(imported.report.timed_out), "requests", 0.0);
    table.check(name + " energy", run.energy_joules, imported.report.energy_joules.value(), "J",
                1.0);
  }
}

}  // namespace flyball
