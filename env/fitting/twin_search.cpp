#include "env/fitting/twin_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "env/errors.h"
#include "env/fitting/clock_groups.h"
#include "env/fitting/group_answers.h"
#include "env/fitting/levenberg_marquardt.h"
#include "env/fitting/quiet_rows.h"
#include "env/fitting/twin_beliefs.h"
#include "env/module_power.h"

namespace flyball {

namespace {

using Eigen::Index;
using Eigen::VectorXd;

constexpr std::size_t kFewestServed = 50;
constexpr double kWindowSeconds = 3.0;   // at least, of the stretches that are compared
constexpr double kWindowRequests = 4.0;  // on average
constexpr double kMostWindows = 400.0;
constexpr double kStep = 0.03;  // of the logarithms: replays are not smooth below
constexpr double kLeast = 1e-12;
constexpr int kFirstIterations = 4;
constexpr std::size_t kFollowed = 2;  // of the starts, to the end
constexpr double kLighter = 2.0;      // logarithm
constexpr double kFewestQuietSeconds = 2.0;
constexpr double kFewestGroupSeconds = 10.0;

double mean_hz(std::span<const TwinStretch> stretches, DomainKind kind, double otherwise) {
  double sum = 0.0;
  double count = 0.0;
  for (const TwinStretch& stretch : stretches) {
    const std::vector<Domain>& domains = stretch.header.plant.domains;
    for (const TelemetryRow& row : stretch.rows) {
      if (!row.telemetry.domains) continue;
      for (std::size_t d = 0; d < domains.size(); ++d) {
        const std::optional<double>& hertz = (*row.telemetry.domains)[d].effective_hz;
        if (domains[d].kind != kind || !hertz || *hertz <= 0.0) continue;
        sum += *hertz;
        count += 1.0;
      }
    }
  }
  return count > 0.0 ? sum / count : otherwise;
}

double highest_hz(const Board& board, DomainKind kind) {
  for (const Domain& domain : board.domains) {
    if (domain.kind == kind) return domain.frequencies_hz.back();
  }
  return 1e9;
}

LogUsage usage_of(std::span<const TwinStretch> stretches, const StretchFigures& all,
                  const Board& board) {
  LogUsage usage;
  usage.cpu_hz = mean_hz(stretches, DomainKind::kCpu, highest_hz(board, DomainKind::kCpu));
  usage.gpu_hz = mean_hz(stretches, DomainKind::kGpu, highest_hz(board, DomainKind::kGpu));
  usage.emc_hz = mean_hz(stretches, DomainKind::kEmc, highest_hz(board, DomainKind::kEmc));
  usage.watts = all.energy_joules.value_or(5.0 * all.seconds) / all.seconds;
  const double batches = std::max(1.0, static_cast<double>(all.batches));
  usage.batch = static_cast<double>(all.served) / batches;
  usage.gpu_seconds = std::max(1e-4, all.gpu_busy.value_or(0.2) * all.seconds / batches);
  usage.cpu_seconds = std::max(1e-4, all.cpu_busy * all.seconds / batches);
  return usage;
}

double log_ratio(double a, double b, double least) { return std::log((a + least) / (b + least)); }

// A stretch, and what of it does not change while parameters are moved.
struct Part {
  TwinStretch stretch;
  std::vector<LogSample> logged;
  std::vector<std::span<const LogSample>> windows;
  std::vector<ClockGroups> groups;
  std::vector<QuietRows> quiet;
};

class TwinSearch {
 public:
  TwinSearch(std::vector<TwinStretch> stretches, const BoardConfig& board, const TwinConfig& config,
             const TwinProgress& progress)
      : board_(board), config_(config), progress_(progress) {
    std::vector<StretchFigures> figures;
    for (const TwinStretch& stretch : stretches) {
      Part& part = parts_.emplace_back(
          Part{stretch, logged_samples(stretch.header, stretch.rows), {}, {}, {}});
      figures.push_back(figures_of(part.logged));
      part.groups = clock_groups(stretch.header, stretch.rows);
      part.quiet = quiet_rows(stretch.header, stretch.rows, board);
    }
    all_ = pooled(figures);
    if (all_.served < kFewestServed) throw DataError("too few requests to fit a twin to");
    cut_windows();
    at_once_ = std::all_of(stretches.begin(), stretches.end(), [](const TwinStretch& stretch) {
      return answers_whole_groups(stretch.rows, stretch.plant.arrivals);
    });
    beliefs_ = twin_beliefs(board, usage_of(stretches, all_, board.board),
                            stretches.front().plant.mode.cpus_online, config.measured);
    for (const Part& part : parts_) {
      for (const ClockGroups& groups : part.groups) add_groups(logged_groups_, groups, part.logged);
    }
  }

  // From where the beliefs lie, from where a batch hardly takes the CPU (a start at which the
  // server does not keep up leads nowhere), and from where a thread of its own prepares all.
  TwinFound run() {
    VectorXd believed(std::ssize(beliefs_.unknowns));
    for (Index k = 0; k < believed.size(); ++k) believed[k] = unknown(k).mean;
    VectorXd light = believed;
    for (const std::size_t k : beliefs_.hosts) light[static_cast<Index>(k)] -= kLighter;
    VectorXd prepared = light;
    prepared[static_cast<Index>(beliefs_.prepare)] =
        unknown(static_cast<Index>(beliefs_.prepare)).mean + kLighter;
    for (const DeferrableRule polling : {DeferrableRule::kAwake, DeferrableRule::kGpuBusy}) {
      for (const VectorXd& start : {believed, light, prepared}) begin_from(start, polling);
    }
    std::stable_sort(begun_.begin(), begun_.end(),
                     [](const Candidate& a, const Candidate& b) { return a.cost < b.cost; });
    begun_.resize(std::min(begun_.size(), kFollowed));
    for (Candidate& candidate : begun_) follow(candidate);
    const Candidate& best =
        *std::min_element(begun_.begin(), begun_.end(),
                          [](const Candidate& a, const Candidate& b) { return a.cost < b.cost; });
    take(best);
    return {parameters_of(best.parameters), traits_};
  }

 private:
  // Of a knob, pooled over the stretches.
  using Groups = std::vector<std::pair<std::string, std::array<GroupFigures, kClockGroups>>>;

  static void add_groups(Groups& all, const ClockGroups& groups,
                         std::span<const LogSample> samples) {
    auto of_knob = std::find_if(all.begin(), all.end(),
                                [&](const auto& entry) { return entry.first == groups.knob; });
    if (of_knob == all.end()) of_knob = all.insert(all.end(), {groups.knob, {}});
    for (std::size_t g = 0; g < kClockGroups; ++g) {
      of_knob->second[g] += flyball::figures_of(samples, groups.rows[g]);
    }
  }

  void cut_windows() {
    const double rate = static_cast<double>(all_.served) / all_.seconds;
    const double window =
        std::max({kWindowSeconds, kWindowRequests / rate, all_.seconds / kMostWindows});
    for (Part& part : parts_) {
      const double seconds = part.logged.back().time_seconds - part.logged.front().time_seconds;
      part.windows =
          cut_in_time(part.logged, static_cast<std::size_t>(std::max(1.0, seconds / window)));
      window_count_ += part.windows.size();
      quiet_count_ += part.quiet.size();
    }
  }

  const TwinUnknown& unknown(Index k) const {
    return beliefs_.unknowns[static_cast<std::size_t>(k)];
  }

  FittedParameters parameters_of(const VectorXd& x) const {
    return beliefs_.parameters({x.data(), static_cast<std::size_t>(x.size())});
  }

  // Six of every window, one of the idle board at every clock, three of every group of clocks.
  Index robust_count() const {
    return static_cast<Index>(6 * window_count_ + quiet_count_ +
                              3 * kClockGroups * logged_groups_.size());
  }

  void fill(const VectorXd& x, const ServingTraits& traits, VectorXd& residuals) {
    if (progress_ && !progress_(std::min(1.0, done_++ / planned_replays()))) {
      throw Interrupted("interrupted; nothing was written");
    }
    // Four of the whole, one of every belief.
    residuals.setZero(robust_count() + 4 + std::ssize(beliefs_.unknowns));
    const auto work = std::make_shared<FittedModel>(board_.board, parameters_of(x));
    Index at = 0;
    Groups groups;
    std::vector<StretchFigures> replays;
    for (const Part& part : parts_) {
      SimConfig config = part.stretch.plant;
      config.work = work;
      traits.apply_to(config);
      const std::vector<LogSample> replayed =
          replayed_samples(part.stretch.header, part.stretch.rows, config);
      replays.push_back(flyball::figures_of(replayed));
      fill_windows(part, replayed, residuals, at);
      fill_quiet(part, *work, residuals, at);
      for (const ClockGroups& of_knob : part.groups) add_groups(groups, of_knob, replayed);
    }
    fill_groups(groups, residuals, at);
    fill_whole({all_, pooled(replays)}, residuals, at);
    for (Index k = 0; k < x.size(); ++k) {
      residuals[at++] = (x[k] - unknown(k).mean) / unknown(k).spread;
    }
  }

  static void fill_windows(const Part& part, std::span<const LogSample> replayed,
                           VectorXd& residuals, Index& at) {
    for (const std::span<const LogSample> window : part.windows) {
      const auto first = static_cast<std::size_t>(window.data() - part.logged.data());
      const ReplayComparison both = compare(window, replayed.subspan(first, window.size()));
      const StretchFigures& log = both.log;
      const StretchFigures& sim = both.replay;
      residuals[at++] = both.energy_error().value_or(0.0) / 0.03;
      residuals[at++] = log.gpu_busy ? (*sim.gpu_busy - *log.gpu_busy) / 0.03 : 0.0;
      residuals[at++] = (sim.cpu_busy - log.cpu_busy) / 0.05;
      residuals[at++] = log_ratio(sim.in_system, log.in_system, 0.01) / 0.1;
      residuals[at++] =
          log_ratio(static_cast<double>(sim.batches), static_cast<double>(log.batches), 1.0) / 0.2;
      residuals[at++] = both.gpu_hz_error().value_or(0.0) / 60e6;
    }
  }

  // An idle board is asked without a replay.
  void fill_quiet(const Part& part, const WorkModel& work, VectorXd& residuals, Index& at) const {
    std::vector<double> rails(board_.board.rails.size());
    for (const QuietRows& rows : part.quiet) {
      const Index k = at++;
      if (rows.seconds < kFewestQuietSeconds) continue;
      work.rail_watts(rows.state, rails);
      residuals[k] = log_ratio(module_power(board_.board, rails), rows.watts, kLeast) / 0.02;
    }
  }

  void fill_groups(const Groups& groups, VectorXd& residuals, Index& at) const {
    for (std::size_t k = 0; k < groups.size(); ++k) {
      for (std::size_t g = 0; g < kClockGroups; ++g) {
        const GroupFigures& log = logged_groups_[k].second[g];
        const GroupFigures& sim = groups[k].second[g];
        const double least = 1e-3 * log.seconds;
        const bool counts = log.seconds >= kFewestGroupSeconds;
        const auto add = [&](double ours, double theirs, double sigma) {
          residuals[at++] = counts ? log_ratio(ours, theirs, least) / sigma : 0.0;
        };
        add(sim.joules, log.joules, 0.01);
        add(sim.in_system_seconds, log.in_system_seconds, 0.03);
        add(sim.gpu_busy_seconds, log.gpu_busy_seconds, 0.03);
      }
    }
  }

  static void fill_whole(const ReplayComparison& all, VectorXd& residuals, Index& at) {
    residuals[at++] = all.energy_error().value_or(0.0) / 0.003;
    residuals[at++] = all.gpu_hz_error().value_or(0.0) / 20e6;
    for (const double q : {0.5, 0.95}) {
      residuals[at++] =
          log_ratio(all.replay.latency_seconds(q), all.log.latency_seconds(q), kLeast) / 0.02;
    }
  }

  double planned_replays() const {
    const double iterations = 6.0 * kFirstIterations + 2.0 * kFollowed * config_.iterations;
    return iterations * (static_cast<double>(beliefs_.unknowns.size()) + 2.0);
  }

  struct Candidate {
    VectorXd parameters;
    ServingTraits traits;
    std::optional<std::uint64_t> piece;
    double cost = 0.0;
  };

  void take(const Candidate& candidate) {
    traits_ = candidate.traits;
    beliefs_.start.time.entry->piece = candidate.piece;
  }

  Candidate searched(const VectorXd& start, int iterations) {
    const LeastSquaresResult found = minimise(problem(iterations), start);
    return {found.parameters, traits_, beliefs_.start.time.entry->piece, found.cost};
  }

  // The first steps, which tell promising starts from others.
  void begin_from(const VectorXd& start, DeferrableRule polling) {
    traits_ = {};
    traits_.gpu_polling = polling;
    if (at_once_) traits_.completion = Completion::kWholeGroup;
    beliefs_.start.time.entry.emplace();
    choose_traits(start);
    begun_.push_back(searched(start, std::min(kFirstIterations, config_.iterations)));
  }

  void follow(Candidate& candidate) {
    take(candidate);
    choose_traits(candidate.parameters);
    candidate = searched(candidate.parameters, config_.iterations);
    choose_traits(candidate.parameters);
    candidate = searched(candidate.parameters, config_.iterations);
  }

  LeastSquaresProblem problem(int iterations) {
    LeastSquaresProblem problem;
    problem.residuals = [this](const VectorXd& x, VectorXd& residuals) {
      fill(x, traits_, residuals);
    };
    problem.robust_count = robust_count();
    problem.max_iterations = iterations;
    problem.step = kStep;
    return problem;
  }

  // What no parameter can be: each is tried, and kept where the fitted part replays better.
  void choose_traits(const VectorXd& x) {
    const auto cost_of = [&](const ServingTraits& traits) {
      VectorXd residuals;
      fill(x, traits, residuals);
      return huber_cost(problem(0), residuals);
    };
    double best = cost_of(traits_);
    const auto try_out = [&](const ServingTraits& traits) {
      const double cost = cost_of(traits);
      if (cost >= best) return;
      best = cost;
      traits_ = traits;
    };
    ServingTraits other = traits_;
    other.gpu_railgates = false;
    try_out(other);
    other = traits_;
    other.completion = Completion::kWholeGroup;
    try_out(other);
    std::optional<std::uint64_t>& piece = beliefs_.start.time.entry->piece;
    for (const std::uint64_t tried : {1U, 2U, 4U}) {
      const std::optional<std::uint64_t> before = std::exchange(piece, tried);
      const double cost = cost_of(traits_);
      if (cost < best) {
        best = cost;
      } else {
        piece = before;
      }
    }
  }

  const BoardConfig& board_;
  const TwinConfig& config_;
  const TwinProgress& progress_;
  std::vector<Part> parts_;
  StretchFigures all_;
  std::size_t window_count_ = 0;
  std::size_t quiet_count_ = 0;
  Groups logged_groups_;
  bool at_once_ = false;  // groups are answered so
  TwinBeliefs beliefs_;
  ServingTraits traits_;
  std::vector<Candidate> begun_;
  double done_ = 0.0;  // replays
};

}  // namespace

TwinFound search_twin(std::vector<TwinStretch> stretches, const BoardConfig& board,
                      const TwinConfig& config, const TwinProgress& progress) {
  return TwinSearch(std::move(stretches), board, config, progress).run();
}

}  // namespace flyball
