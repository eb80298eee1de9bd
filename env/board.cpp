#include "env/board.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace flyball {

void validate(const Board& board) {
  if (board.id.empty()) throw std::invalid_argument("board.id: must not be empty");
  if (board.cpus < 1) throw std::invalid_argument("board.cpus: must be at least 1");
  if (board.domains.empty()) throw std::invalid_argument("board: no domains");
  for (const PowerMode& mode : board.modes) {
    if (mode.cpus_online < 1 || mode.cpus_online > board.cpus) {
      throw std::invalid_argument(fmt::format("mode[{}].cpus_online = {}: must be in [1, {}]",
                                              mode.id, mode.cpus_online, board.cpus));
    }
    if (mode.budget_watts && !(*mode.budget_watts > 0.0)) {
      throw std::invalid_argument(
          fmt::format("mode[{}].budget_watts = {}: must be > 0", mode.id, *mode.budget_watts));
    }
  }
  find_mode(board, board.default_mode);
  for (const std::size_t rail : board.module_rails) {
    if (rail >= board.rails.size()) {
      throw std::invalid_argument("power.module: not one of power.rails");
    }
  }
  if (board.module_rails.empty() && !board.rails.empty()) {
    throw std::invalid_argument("power.module: says no rail");
  }
  validate(describe(board, find_mode(board, board.default_mode), std::nullopt));
}

const PowerMode& find_mode(const Board& board, int id) {
  std::string known;
  for (const PowerMode& mode : board.modes) {
    if (mode.id == id) return mode;
    known += fmt::format("{}{} ({})", known.empty() ? "" : ", ", mode.id, mode.name);
  }
  throw std::invalid_argument(
      fmt::format("{} has no power mode {}; there are: {}", board.id, id, known));
}

LevelRange domain_limits(const Domain& domain, const PowerMode& mode,
                         std::optional<double> cpu_floor_hz) {
  const std::span<const double> table = domain.frequencies_hz;
  std::optional<double> low;
  std::optional<double> high;
  switch (domain.kind) {
    case DomainKind::kCpu:
      low = cpu_floor_hz ? cpu_floor_hz : mode.cpu_min_hz;
      high = mode.cpu_max_hz;
      break;
    case DomainKind::kGpu:
      low = mode.gpu_min_hz;
      high = mode.gpu_max_hz;
      break;
    case DomainKind::kEmc: high = mode.emc_max_hz; break;
  }
  const Level ceiling = high ? level_nearest(table, *high) : static_cast<Level>(table.size() - 1);
  const Level floor = low ? level_nearest(table, *low) : Level{0};
  return {std::min(floor, ceiling), ceiling};  // max wins, as in the kernel
}

PlantDescription describe(const Board& board, const PowerMode& mode,
                          std::optional<double> cpu_floor_hz) {
  PlantDescription description;
  description.board = board.id;
  description.domains = board.domains;
  description.knobs = board.knobs;
  for (const Knob& knob : board.knobs) {
    if (knob.domains.empty()) {
      throw std::invalid_argument(fmt::format("{}: a board's knob needs a domain", knob.name));
    }
    description.limits.push_back(
        domain_limits(board.domains.at(knob.domains.front()), mode, cpu_floor_hz));
  }
  description.rails = board.rails;
  for (const ThermalZone& zone : board.zones) description.zones.push_back(zone.name);
  description.cpus = board.cpus;
  return description;
}

}  // namespace flyball
