#include "controllers/evaluation/plan_fingerprint.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "env/config/fields.h"
#include "env/sim/sim_plant.h"
#include "env/text_file.h"

namespace flyball {

namespace {

constexpr std::size_t kBatches[] = {1, 2, 3, 4, 8, 16, 32};

// Takes in values one by one. A visitor of fields, too.
class Hash {
 public:
  std::uint64_t value() const { return value_; }

  template <typename T>
  void add(const T& value) {
    if constexpr (std::is_floating_point_v<T>) {
      add_bits(std::bit_cast<std::uint64_t>(static_cast<double>(value)));
    } else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
      add_bits(static_cast<std::uint64_t>(value));
    } else if constexpr (kIsOptional<T>) {
      add(value.has_value());
      if (value) add(*value);
    } else if constexpr (kIsVector<T>) {
      add(value.size());
      for (const auto& entry : value) add(entry);
    } else if constexpr (std::is_same_v<T, std::string>) {
      add(value.size());
      for (const char c : value) add_byte(static_cast<unsigned char>(c));
    } else {
      visit(*this, value);
    }
  }

  template <typename T>
  void operator()(const Field&, const T& value) {
    add(value);
  }

 private:
  void add_bits(std::uint64_t bits) {
    for (int shift = 0; shift < 64; shift += 8) add_byte(static_cast<unsigned char>(bits >> shift));
  }
  void add_byte(unsigned char byte) { value_ = (value_ ^ byte) * 0x100000001b3u; }

  std::uint64_t value_ = 0xcbf29ce484222325u;
};

void add(Hash& hash, const std::optional<Delays>& delays) {
  hash.add(delays.has_value());
  if (!delays) return;
  hash.add(delays->seconds);
  hash.add(delays->stay);
}

void add(Hash& hash, const Activity& activity) { hash.add(activity); }

void add(Hash& hash, const BatchWork& work) {
  for (const double value : {work.host_seconds, work.storage_seconds, work.accelerator_seconds}) {
    hash.add(value);
  }
  hash.add(work.storage_block);
  add(hash, work.host);
  add(hash, work.accelerator);
}

// One after the other: every level of every kind of clock with the others at their highest, and all
// of them together from low to high.
std::vector<OperatingPoint> points_of(const Board& board) {
  const std::vector<double>* tables[3] = {nullptr, nullptr, nullptr};
  for (const Domain& domain : board.domains) {
    const auto*& table = tables[static_cast<std::size_t>(domain.kind)];
    if (table == nullptr) table = &domain.frequencies_hz;
  }
  std::size_t most = 0;
  for (const auto* table : tables) most = std::max(most, table == nullptr ? 0 : table->size());
  const auto at = [&](DomainKind kind, std::size_t level) {
    const auto* table = tables[static_cast<std::size_t>(kind)];
    return table == nullptr ? 0.0 : (*table)[std::min(level, table->size() - 1)];
  };
  const auto point = [&](std::size_t cpu, std::size_t gpu, std::size_t emc) {
    return OperatingPoint{at(DomainKind::kCpu, cpu), at(DomainKind::kGpu, gpu),
                          at(DomainKind::kEmc, emc)};
  };
  std::vector<OperatingPoint> points;
  for (std::size_t level = 0; level < most; ++level) {
    points.push_back(point(level, most, most));
    points.push_back(point(most, level, most));
    points.push_back(point(most, most, level));
    points.push_back(point(level, level, level));
  }
  return points;
}

BoardState state_at(const Board& board, const OperatingPoint& point, double activity) {
  BoardState state;
  for (std::size_t d = 0; d < board.domains.size(); ++d) {
    const Domain& domain = board.domains[d];
    state.effective_hz[d] = domain.kind == DomainKind::kCpu   ? point.cpu_hz
                            : domain.kind == DomainKind::kGpu ? point.gpu_hz
                                                              : point.emc_hz;
    state.activity[d] = activity;
    state.cpus_online[d] = static_cast<int>(domain.cpus.size());
  }
  state.gpu_powered = activity > 0.0;
  state.accelerator_busy = activity > 0.0;
  state.batch = activity > 0.0 ? 1 : 0;
  return state;
}

void add(Hash& hash, const Board& board, const std::shared_ptr<const WorkModel>& model) {
  hash.add(model != nullptr);
  if (model == nullptr) return;
  hash.add(model->piece_limit());
  std::array<double, kMaxRails> watts{};
  for (const OperatingPoint& point : points_of(board)) {
    for (const std::size_t batch : kBatches) add(hash, model->batch_work(batch, point));
    const Preparation preparation = model->preparation(1, 1, point);
    hash.add(preparation.serial_seconds);
    hash.add(preparation.overlapped_seconds);
    hash.add(preparation.cpu);
    for (const double activity : {0.0, 0.5, 1.0}) {
      const BoardState state = state_at(board, point, activity);
      model->rail_watts(state, {watts.data(), board.rails.size()});
      for (std::size_t r = 0; r < board.rails.size(); ++r) hash.add(watts[r]);
    }
  }
}

void add(Hash& hash, const Board& board) {
  hash.add(board.id);
  hash.add(board.cpus);
  for (const Domain& domain : board.domains) {
    hash.add(domain.name);
    hash.add(domain.kind);
    hash.add(domain.frequencies_hz);
    hash.add(domain.actuation_seconds);
    hash.add(domain.cpus);
  }
  for (const Knob& knob : board.knobs) {
    hash.add(knob.name);
    hash.add(knob.levels);
    hash.add(knob.domains);
  }
  hash.add(board.rails);
  hash.add(board.module_rails);
  hash.add(board.zones);
}

void add(Hash& hash, const Arrivals& arrivals) {
  hash.add(arrivals.index());
  if (const auto* loop = std::get_if<ClosedLoop>(&arrivals)) {
    hash.add(loop->requests);
    hash.add(loop->batch);
    hash.add(loop->limit_seconds);
    return;
  }
  for (const Arrival& arrival : std::get<std::vector<Arrival>>(arrivals)) {
    hash.add(arrival.time_seconds);
    hash.add(arrival.requests);
    hash.add(arrival.limit_seconds);
  }
}

void add(Hash& hash, const WorkMix& mix, const Board& board) {
  hash.add(mix.end);
  for (const WorkPhase& phase : mix.phases) {
    add(hash, board, phase.work);
    hash.add(phase.seconds);
    hash.add(phase.requests);
  }
}

void add(Hash& hash, const ActuationDelays& delays) {
  for (const auto* delay :
       {&delays.cpu, &delays.gpu, &delays.emc, &delays.low_cpu, &delays.low_gpu, &delays.low_emc}) {
    add(hash, *delay);
  }
}

void add(Hash& hash, const std::vector<Occupation>& occupations) {
  for (const Occupation& occupation : occupations) {
    hash.add(occupation.time_seconds);
    hash.add(occupation.seconds);
    hash.add(occupation.watts);
  }
}

// Of a bandwidth in a file what it holds, not its name.
void add(Hash& hash, const OffloadConfig& offload) {
  hash.add(offload.work);
  hash.add(offload.default_share);
  hash.add(offload.probe_seconds);
  hash.add(offload.bandwidth.index());
  std::visit(
      [&hash](const auto& bandwidth) {
        if constexpr (std::is_same_v<std::decay_t<decltype(bandwidth)>, BandwidthFile>) {
          hash.add(read_text_file(bandwidth.file));
          hash.add(bandwidth.repeat);
        } else {
          hash.add(bandwidth);
        }
      },
      offload.bandwidth);
}

// Every member by name: one more does not compile until it stands here.
void add(Hash& hash, const SimConfig& config) {
  const auto& [board, mode, cpu_floor_hz, work, arrivals, batch_levels, default_batch, offload,
               offload_levels, fine_tuning_levels, completion, batching, residents, deferrable,
               resident_phase_seconds, sensor, thermal, power_budget, actuation, railgate_seconds,
               occupations, load, mix, fine_tuning, processes, first_use, service_noise, seed,
               watcher] = config;
  static_cast<void>(residents);  // the plan's, by name
  static_cast<void>(watcher);    // looks on
  add(hash, board);
  hash.add(mode);
  hash.add(cpu_floor_hz);
  add(hash, board, work);
  add(hash, arrivals);
  hash.add(batch_levels);
  hash.add(default_batch);
  hash.add(offload.has_value());
  if (offload) add(hash, *offload);
  hash.add(offload_levels);
  hash.add(fine_tuning_levels);
  hash.add(completion);
  hash.add(batching);
  hash.add(deferrable);
  hash.add(resident_phase_seconds);
  hash.add(sensor);
  hash.add(thermal);
  hash.add(thermal.ambient_celsius);
  hash.add(thermal.ambient_steps);
  hash.add(power_budget);
  add(hash, actuation);
  hash.add(railgate_seconds);
  add(hash, occupations);
  hash.add(load);
  if (load) hash.add(load->factor);
  add(hash, mix, board);
  hash.add(fine_tuning);
  if (fine_tuning) add(hash, board, fine_tuning->work);
  hash.add(processes);
  hash.add(first_use);
  hash.add(service_noise);
  hash.add(seed);
}

}  // namespace

std::uint64_t fingerprint(const EvaluationPlan& plan) {
  Hash hash;
  hash.add(plan.seeds.front());
  add(hash, plan.configs.front());
  for (const std::string& name : {plan.stock.cpu, plan.stock.gpu, plan.stock.emc}) hash.add(name);
  hash.add(plan.loop.period_seconds);
  hash.add(plan.loop.sample_seconds);
  add(hash, plan.loop.simulated_think_seconds);
  hash.add(plan.objective.in_time_share);  // guards look at it
  hash.add(plan.timeout_seconds);
  return hash.value();
}

}  // namespace flyball
