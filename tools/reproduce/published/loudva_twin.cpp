#include "tools/reproduce/published/loudva_twin.h"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "controllers/kernel_governors.h"
#include "env/fitting/twin.h"
#include "tools/config/board_config.h"
#include "tools/reproduce/published/loudva_data.h"

namespace flyball {

namespace {

Twin twin_of(std::span<const TelemetryLog> logs, const BoardConfig& board) {
  std::vector<TwinLog> sources;
  for (const TelemetryLog& log : logs) sources.push_back({log.header, replayable_rows(log)});
  return fit_twin(sources, board, resident_factory(stock_residents(board.board)), {}, {});
}

// As `flyball replay` does it.
ReplayComparison replay_of(const TelemetryLog& log, const Twin& twin, const BoardConfig& board) {
  const std::span<const TelemetryRow> rows = replayable_rows(log);
  SimConfig plant = logged_plant(log.header, rows, board);
  plant.residents = resident_factory(stock_residents(board.board));
  plant.work = std::make_shared<FittedModel>(board.board, twin.parameters);
  twin.serving.apply_to(plant);
  return compare(logged_samples(log.header, rows), replayed_samples(log.header, rows, plant));
}

void add_rows(const std::string& name, const ReplayComparison& comparison,
              ReproductionTable& table) {
  const ReplayTolerances allowed;
  table.check_at_most(name + ": energy off by", 100.0 * allowed.energy_share,
                      100.0 * std::abs(comparison.energy_error().value()), "%");
  table.check_at_most(name + ": GPU clock off by", allowed.gpu_hz / 1e6,
                      std::abs(comparison.gpu_hz_error().value()) / 1e6, "MHz");
  table.check_at_most(name + ": p95 latency off by", 100.0 * allowed.latency_p95_share,
                      100.0 * std::abs(comparison.latency_p95_error().value()), "%");
}

void show_rows(const std::string& name, const ReplayComparison& comparison,
               ReproductionTable& table) {
  table.show(name + ": energy off by", std::nullopt, 100.0 * comparison.energy_error().value(),
             "%");
  table.show(name + ": GPU clock off by", std::nullopt, comparison.gpu_hz_error().value() / 1e6,
             "MHz");
  table.show(name + ": p95 latency off by", std::nullopt,
             100.0 * comparison.latency_p95_error().value(), "%");
}

}  // namespace

void reproduce_loudva_twin(const std::filesystem::path& data, ReproductionTable& table) {
  const BoardConfig board = load_board("agx-xavier-32gb");
  const std::vector<TelemetryLog> logs = {import_loudva_run(data, board.board, "stock_governor_0"),
                                          import_loudva_run(data, board.board, "stock_governor_3")};
  const Twin both = twin_of(logs, board);
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const std::string run = i == 0 ? "run 0" : "run 3";
    show_rows("twin of runs 0 and 3, " + run + " held out", both.logs[i].held_out(), table);
    add_rows("twin of runs 0 and 3, " + run, replay_of(logs[i], both, board), table);
  }
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const Twin alone = twin_of(std::span(logs).subspan(i, 1), board);
    const char* const name = i == 0 ? "twin of run 0, run 3" : "twin of run 3, run 0";
    show_rows(name, replay_of(logs[1 - i], alone, board), table);
  }
}

}  // namespace flyball
