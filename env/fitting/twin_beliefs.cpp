#include "env/fitting/twin_beliefs.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace flyball {

namespace {

constexpr double kLeastOverhead = 0.3;
constexpr double kSweepSpread = 0.2;  // of what a sweep told

double highest_hz(const Board& board, DomainKind kind) {
  for (const Domain& domain : board.domains) {
    if (domain.kind == kind) return domain.frequencies_hz.back();
  }
  return 1e9;
}

UnitPower unit_power(const UnitElectrical& unit, double highest) {
  UnitPower power;
  power.highest_hz = highest;
  power.full_watts = unit.farads * unit.maximum_volts * unit.maximum_volts * highest;
  power.lowest_voltage = unit.minimum_volts / unit.maximum_volts;
  power.knee = std::min(unit.knee_hz / highest, 0.95);
  power.idle_activity = unit.idle_activity;
  power.leakage_watts = unit.leakage_amperes * unit.maximum_volts;
  return power;
}

// A board that says nothing of its power: shares of what the logs show on average.
FittedPower guessed_power(const Board& board, double watts) {
  FittedPower power;
  power.base_watts = 0.4 * watts;
  power.cpu = {highest_hz(board, DomainKind::kCpu), 0.3 * watts, 0.65, 0.4, 0.1, 0.0};
  power.gpu = {highest_hz(board, DomainKind::kGpu), 1.0 * watts, 0.65, 0.4, 0.1, 0.1 * watts};
  power.emc = {highest_hz(board, DomainKind::kEmc), 0.2 * watts, 1.0, 0.0, 0.3, 0.0};
  return power;
}

FittedPower believed_power(const BoardConfig& board, double watts, int cpus_online) {
  FittedPower power = guessed_power(board.board, watts);
  if (board.electrical) {
    const Electrical& electrical = *board.electrical;
    power.base_watts = electrical.base_watts;
    power.cpu = unit_power(electrical.cpu, highest_hz(board.board, DomainKind::kCpu));
    power.cpu.idle_activity = std::min(0.5, power.cpu.idle_activity * cpus_online);
    power.cpu.leakage_watts *= cpus_online;
    power.gpu = unit_power(electrical.gpu, highest_hz(board.board, DomainKind::kGpu));
    power.emc = unit_power(electrical.emc, highest_hz(board.board, DomainKind::kEmc));
  }
  power.gpu_stalled = board.roofline.gpu_stalled;
  power.cpu_waiting = board.roofline.cpu_waiting;
  return power;
}

// All of the module's power on its rails: the replay compares nothing else.
std::vector<RailMix> module_rails(const BoardConfig& board) {
  if (board.electrical) return board.electrical->rails;
  std::vector<RailMix> rails(board.board.rails.size());
  rails.at(board.board.module_rails.front()) = {1.0, 1.0, 1.0, 1.0};
  return rails;
}

class BeliefBuilder {
 public:
  explicit BeliefBuilder(const LogUsage& usage) : usage_(usage) {}

  void set_start(FittedParameters start) { beliefs_.start = std::move(start); }
  FittedParameters& start() { return beliefs_.start; }
  TwinBeliefs take() { return std::move(beliefs_); }

  // Seconds per batch are shared out among the parts; a batch costs what so many requests more do.
  void believe_time(double overhead) {
    const double requests = usage_.batch + overhead;
    beliefs_.overhead = beliefs_.unknowns.size();
    add([](FittedParameters&, double) {}, std::log(overhead), 0.7);
    const double gpu = usage_.gpu_seconds;
    const double cpu = usage_.cpu_seconds;
    add_part(&FittedTime::gpu, 0.6 * gpu * usage_.gpu_hz / requests, 1.0);
    add_part(&FittedTime::memory, 0.2 * gpu * usage_.emc_hz / requests, 1.5);
    add_part(&FittedTime::launch, 0.1 * gpu * usage_.cpu_hz / requests, 1.5);
    for (std::size_t k = 0; k < 5; ++k) beliefs_.hosts.push_back(beliefs_.unknowns.size() + k);
    add_part(&FittedTime::host, 0.1 * cpu * usage_.cpu_hz / requests, 2.0);
    beliefs_.prepare = beliefs_.unknowns.size();
    add_part(&FittedTime::prepare, 0.05 * cpu * usage_.cpu_hz / requests, 2.0);
    add([](FittedParameters& p, double x) { p.time.input_seconds = std::exp(x); },
        std::log(0.05 * cpu / requests), 2.0);
    add([](FittedParameters& p, double x) { p.time.entry->overlapped.fixed = std::exp(x); },
        std::log(0.05 * cpu), 2.0);
    add([](FittedParameters& p, double x) { p.time.entry->overlapped.per_request = std::exp(x); },
        std::log(0.02 * cpu / requests), 2.0);
    start().time.entry.emplace();
  }

  void believe_sweep(const FittedParameters& measured) {
    start().time.sharpness = measured.time.sharpness;
    const BatchCycles* const parts[] = {&measured.time.gpu, &measured.time.memory,
                                        &measured.time.launch};
    for (std::size_t k = 0; k < 3; ++k) {
      TwinUnknown& unknown = beliefs_.unknowns[beliefs_.overhead + 1 + k];
      unknown.mean = std::log(std::max(parts[k]->per_request, 1.0));
      unknown.spread = kSweepSpread;
    }
    const BatchCycles& gpu = measured.time.gpu;
    TwinUnknown& overhead = beliefs_.unknowns[beliefs_.overhead];
    overhead.mean = std::log(std::max(gpu.fixed / gpu.per_request, 0.05));
    overhead.spread = kSweepSpread;
    start().power.gpu = measured.power.gpu;
    start().power.gpu_stalled = measured.power.gpu_stalled;
  }

  void believe_power(double gpu_spread) {
    add_watts([](FittedParameters& p) -> double& { return p.power.base_watts; }, 0.5);
    add_watts([](FittedParameters& p) -> double& { return p.power.cpu.full_watts; }, 0.5);
    add_watts([](FittedParameters& p) -> double& { return p.power.gpu.full_watts; }, gpu_spread);
    add_watts([](FittedParameters& p) -> double& { return p.power.gpu.leakage_watts; }, 0.5);
    add_watts([](FittedParameters& p) -> double& { return p.power.emc.full_watts; }, 0.5);
    add([](FittedParameters& p, double x) { p.power.cpu_waiting = std::min(1.0, std::exp(x)); },
        std::log(std::max(0.05, start().power.cpu_waiting)), 0.5);
    add([](FittedParameters& p,
           double x) { p.power.gpu.idle_activity = std::min(1.0, std::exp(x)); },
        std::log(std::max(0.01, start().power.gpu.idle_activity)), 0.5);
  }

 private:
  void add(std::function<void(FittedParameters&, double)> set, double mean, double spread) {
    beliefs_.unknowns.push_back({std::move(set), mean, spread});
  }

  void add_part(BatchCycles FittedTime::*part, double cycles, double spread) {
    add([part](FittedParameters& p, double x) { (p.time.*part).per_request = std::exp(x); },
        std::log(std::max(cycles, 1.0)), spread);
  }

  void add_watts(double& (*place)(FittedParameters&), double spread) {
    const double value = std::max(place(start()), 1e-3);
    add([place](FittedParameters& p, double x) { place(p) = std::exp(x); }, std::log(value),
        spread);
  }

  const LogUsage& usage_;
  TwinBeliefs beliefs_;
};

}  // namespace

FittedParameters TwinBeliefs::parameters(std::span<const double> logarithms) const {
  FittedParameters parameters = start;
  for (std::size_t k = 0; k < unknowns.size(); ++k) unknowns[k].set(parameters, logarithms[k]);
  const double fixed = std::exp(logarithms[overhead]);
  FittedTime& time = parameters.time;
  for (BatchCycles* const part : {&time.gpu, &time.memory, &time.launch, &time.host}) {
    part->fixed = fixed * part->per_request;
  }
  return parameters;
}

TwinBeliefs twin_beliefs(const BoardConfig& board, const LogUsage& usage, int cpus_online,
                         const std::optional<FittedParameters>& measured) {
  FittedParameters start;
  start.power = believed_power(board, usage.watts, cpus_online);
  start.rails = module_rails(board);
  start.time.sharpness = board.roofline.sharpness;
  BeliefBuilder builder(usage);
  builder.set_start(std::move(start));
  builder.believe_time(std::max(board.roofline.batch_overhead, kLeastOverhead));
  if (measured) builder.believe_sweep(*measured);
  builder.believe_power(measured ? kSweepSpread : 0.5);
  return builder.take();
}

}  // namespace flyball
