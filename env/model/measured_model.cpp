#include "env/model/measured_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "env/config/check_fields.h"
#include "env/module_power.h"

namespace flyball {

namespace {

// Where `x` lies in an ascending table: between entries `low` and `low` + 1, `share` of the way.
struct Place {
  std::size_t low = 0;
  double share = 0.0;
};

Place place(std::span<const double> table, double x) {
  if (table.size() < 2) return {};
  const auto above = std::upper_bound(table.begin() + 1, table.end() - 1, x);
  const auto low = static_cast<std::size_t>(above - table.begin() - 1);
  return {low, (x - table[low]) / (table[low + 1] - table[low])};
}

double at(std::span<const double> values, Place place) {
  if (values.size() < 2) return values.front();
  return values[place.low] + place.share * (values[place.low + 1] - values[place.low]);
}

double at(const std::vector<std::vector<double>>& values, Place row, Place column) {
  const double low = at(values[row.low], column);
  if (values.size() < 2) return low;
  return low + row.share * (at(values[row.low + 1], column) - low);
}

Place clamped_place(std::span<const double> table, double x) {
  return place(table, std::clamp(x, table.front(), table.back()));
}

void fail(const std::string& key, const std::string& message) {
  throw std::invalid_argument(fmt::format("table.{}: {}", key, message));
}

void require_ascending(std::span<const double> values, const std::string& key) {
  if (values.empty()) fail(key, "must not be empty");
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!(values[i] > (i == 0 ? 0.0 : values[i - 1])) || !std::isfinite(values[i])) {
      fail(fmt::format("{}[{}] = {}", key, i, values[i]), "must be positive and ascending");
    }
  }
}

void require_grid(const std::vector<std::vector<double>>& values, const MeasuredTable& table,
                  const std::string& key) {
  if (values.size() != table.frequencies_hz.size()) fail(key, "one row per frequency expected");
  for (std::size_t f = 0; f < values.size(); ++f) {
    if (values[f].size() != table.batches.size()) {
      fail(fmt::format("{}[{}]", key, f), "one value per batch expected");
    }
    for (std::size_t b = 0; b < values[f].size(); ++b) {
      if (!(values[f][b] > 0.0) || !std::isfinite(values[f][b])) {
        fail(fmt::format("{}[{}][{}] = {}", key, f, b, values[f][b]), "must be > 0");
      }
    }
  }
}

}  // namespace

void validate(const MeasuredTable& table, const Board& board) {
  check_fields(table, "table");
  require_ascending(table.frequencies_hz, "frequencies_hz");
  require_ascending(table.batches, "batches");
  require_grid(table.seconds, table, "seconds");
  require_grid(table.busy_watts, table, "busy_watts");
  if (table.idle_watts.size() != table.frequencies_hz.size()) {
    fail("idle_watts", "one value per frequency expected");
  }
  if (table.rail_shares.size() != board.rails.size() || board.rails.size() > kMaxRails) {
    fail("rail_shares",
         fmt::format("one share per rail expected; {} has {} rails", board.id, board.rails.size()));
  }
  const double module = module_power(board, std::span<const double>(table.rail_shares));
  if (std::abs(module - 1.0) > 1e-6) {
    fail("rail_shares", "the shares of the rails that are the module's power must sum to 1");
  }
}

MeasuredModel::MeasuredModel(const Board& board, MeasuredTable table) : table_(std::move(table)) {
  validate(table_, board);
  for (std::size_t d = 0; d < board.domains.size(); ++d) {
    if (board.domains[d].kind == DomainKind::kGpu) gpu_domain_ = d;
  }
}

Preparation MeasuredModel::preparation(std::size_t group, std::size_t piece,
                                       const OperatingPoint& point) const {
  return {table_.prepare(static_cast<double>(piece)) / point.cpu_share,
          table_.overlapped(static_cast<double>(group)), table_.cpu_preparing};
}

BatchWork MeasuredModel::batch_work(std::size_t requests, const OperatingPoint& point) const {
  const auto n = static_cast<double>(requests);
  BatchWork work;
  work.host_seconds = table_.blocking(n) / point.cpu_share;
  work.accelerator_seconds = at(table_.seconds, clamped_place(table_.frequencies_hz, point.gpu_hz),
                                place(table_.batches, std::max(n, table_.batches.front())));
  work.host.cpu = table_.cpu_host;
  work.accelerator.cpu = table_.cpu_accelerator;
  work.accelerator.gpu = 1.0;
  return work;
}

double MeasuredModel::module_watts(const BoardState& state) const {
  const double preparing = state.preparing ? table_.preparing_watts : 0.0;
  if (!state.gpu_powered) return table_.railgated_watts + preparing;
  const Place row = clamped_place(table_.frequencies_hz, state.effective_hz[gpu_domain_]);
  if (!state.accelerator_busy) return at(table_.idle_watts, row) + preparing;
  const double n = std::max(static_cast<double>(state.batch), table_.batches.front());
  return at(table_.busy_watts, row, place(table_.batches, n)) + preparing;
}

void MeasuredModel::rail_watts(const BoardState& state, std::span<double> watts) const {
  const double module = module_watts(state) + state.fan_watts;
  for (std::size_t r = 0; r < table_.rail_shares.size(); ++r) {
    watts[r] = table_.rail_shares[r] * module;
  }
}

}  // namespace flyball
