#include "tools/daemon/board_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

#include "env/errors.h"
#include "env/jetson/board_discovery.h"
#include "env/jetson/directory_scan.h"
#include "env/jetson/mode_watch.h"
#include "env/jetson/power_sensors.h"
#include "env/jetson/throttle_watch.h"
#include "env/wakeable_timeline.h"
#include "tools/daemon/forbidden_calls.h"
#include "tools/daemon/pausable_governor.h"
#include "tools/daemon/privileges.h"
#include "tools/daemon/remote_keeper.h"
#include "tools/daemon/run_folder.h"
#include "tools/daemon/run_log.h"
#include "tools/daemon/service_manager.h"
#include "tools/daemon/session_sink.h"
#include "tools/daemon/shadow_plant.h"
#include "tools/daemon/start_watch.h"
#include "tools/exit_codes.h"
#include "tools/guard/kill_timer.h"
#include "tools/guard/realtime.h"

namespace flyball {

namespace {

constexpr double kUsualSampleSeconds = 0.1;
// An application's figures are believed for so many decision periods.
constexpr double kPatiencePeriods = 2.0;
constexpr double kLeastPatienceSeconds = 1.0;
constexpr double kLeastWatchSeconds = 0.7;
// A file that never answers ends this process: the guard, if that is well, long before.
constexpr double kHangSeconds = 1.0;
constexpr double kSetUpSeconds = 20.0;  // also to give back and to close the log
constexpr double kStartPatienceSeconds = 3.0;
constexpr double kMegabyte = 1e6;
constexpr double kWaitPollSeconds = 0.1;
constexpr double kPauseLookSeconds = 0.5;
constexpr double kFirstTellSeconds = 2.0;  // of waiting, then every
constexpr double kTellSeconds = 5.0;

LoopConfig loop_config(const SessionOptions& options, double period_seconds) {
  LoopConfig config;
  config.period_seconds = period_seconds;
  const double samples = std::max(1.0, std::round(period_seconds / kUsualSampleSeconds));
  config.sample_seconds = options.sample_seconds.value_or(period_seconds / samples);
  try {
    validate(config);
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
  return config;
}

JetsonConfig jetson_config(const SessionOptions& options, SessionTask& task, const Teller& tell) {
  JetsonConfig config;
  config.root = options.root;
  config.board = std::move(task.board);
  config.state_directory = options.state_directory;
  config.application_patience_seconds =
      std::max(kLeastPatienceSeconds, kPatiencePeriods * task.period_seconds);
  config.needs = task.needs;
  config.reads_all = !options.log.empty() || static_cast<bool>(task.note_row);
  config.tables = std::move(task.tables);
  config.tell = tell;
  config.only_reads = options.dry_run;
  config.wake_descriptor = options.wake_descriptor;
  return config;
}

JetsonPlant open_board(JetsonConfig config) {
  const std::string root = config.root.string();
  const std::string id = config.board.id;
  try {
    return JetsonPlant(std::move(config));
  } catch (const std::system_error& error) {
    const bool is_busy = error.code() == std::errc::device_or_resource_busy;
    throw CommandError(kExitRefused, fmt::format("{}{}", error.what(),
                                                 is_busy ? ": another flyballd governs it" : ""));
  } catch (const std::runtime_error& error) {
    throw CommandError(kExitRefused, fmt::format("{} as {}: {}", root, id, error.what()));
  }
}

ThrottleWatch open_throttle_watch(const std::filesystem::path& root, const Board& board) {
  try {
    return ThrottleWatch(root_text(root), board);
  } catch (const std::system_error& error) {
    throw CommandError(kExitRefused, error.what());
  }
}

std::vector<std::size_t> leased_knobs(const SessionTask& task, const Plant& plant) {
  std::vector<std::size_t> knobs;
  try {
    for (const std::string& name : task.knobs) {
      knobs.push_back(find_knob(plant.description().knobs, name));
    }
  } catch (const std::invalid_argument& error) {
    throw CommandError(kExitRefused,
                       fmt::format("the board lacks what is to be turned: {}", error.what()));
  }
  return knobs;
}

// Where jetson_clocks holds every clock at one frequency there is nothing to govern; a single clock
// that is held is told.
void check_freedom(JetsonPlant& board, std::span<const std::size_t> knobs, const Teller& tell) {
  std::string files;
  std::vector<std::string> remarks;
  bool is_any_free = false;
  for (const std::size_t knob : knobs) {
    const Knob& turned = board.description().knobs[knob];
    if (turned.is_application() || turned.name == "emc") continue;
    const std::string file = board.controls()->pinned_file(knob);
    is_any_free |= file.empty();
    if (file.empty()) continue;
    files += fmt::format("{}{}", files.empty() ? "" : ", ", file);
    remarks.push_back(fmt::format(
        "{}: the minimum is the maximum, so {} stays at {:g} MHz until somebody sets it free", file,
        turned.name, turned.levels[board.description().limits[knob].ceiling] * 1e-6));
  }
  if (is_any_free) std::ranges::for_each(remarks, tell);
  if (is_any_free || files.empty()) return;
  throw CommandError(
      kExitRefused,
      fmt::format(
          "{}: the minimum is the maximum, so nothing is left to govern (jetson_clocks does "
          "that): run `jetson_clocks --restore`, then start again",
          files));
}

std::unique_ptr<RunLog> open_log(const SessionOptions& options, const Plant& plant,
                                 const SessionTask& task, std::vector<ModeLimits> modes,
                                 const Teller& tell) {
  if (options.log.empty()) return nullptr;
  TelemetryLogHeader header;
  header.modes = std::move(modes);
  header.plant = plant.description();
  header.leased_knobs = task.knobs;
  header.scenario = "flyballd";
  header.version = FLYBALL_VERSION;
  header.governor = task.governor.name();
  std::optional<std::uint64_t> most_bytes;
  if (options.log_megabytes) {
    most_bytes = static_cast<std::uint64_t>(*options.log_megabytes * kMegabyte);
  }
  return std::make_unique<RunLog>(options.log, header, tell, most_bytes);
}

// Checks that governor and board fit, and leases. Nothing is written yet.
ControlLoop take_clocks(Plant& plant, Governor& governor, std::span<const std::size_t> knobs,
                        const LoopConfig& config, TelemetrySink* log) {
  try {
    return ControlLoop(plant, &governor, knobs, config, log);
  } catch (const std::invalid_argument& error) {  // the governor's refusal
    throw CommandError(kExitRefused, error.what());
  } catch (const std::system_error& error) {
    throw CommandError(kExitRefused, error.what());
  } catch (const std::runtime_error& error) {
    throw CommandError(kExitRefused, error.what());
  }
}

// How long this process may say nothing to the guard, and the guard to its watcher: two readings,
// or the least that a busy machine needs.
double patience_seconds(const LoopConfig& config) {
  return std::max(kLeastWatchSeconds, 2.0 * config.sample_seconds);
}

// The guard process keeps the ceilings down where the board is hot; it is told where nothing says
// what is hot.
void shield(JetsonPlant& board, const SessionOptions& options, const Teller& tell) {
  ThermalShield shield(root_text(options.root), options.shield);
  const bool is_given = options.shield.limit_celsius.has_value();
  if (shield.is_on()) {
    tell(fmt::format("every zone is kept {}", shield.text()));
  } else if (is_given) {
    throw CommandError(kExitRefused, fmt::format("--thermal-limit: {}: no thermal zone was found",
                                                 options.root.string()));
  } else if (options.shield.is_on) {
    tell(
        "no trip point of a thermal zone can be read, so there is no thermal limit of ours; "
        "--thermal-limit gives one");
  }
  board.controls()->set_shield(std::move(shield));
}

// From here on the guard holds the board's controls, and this process can only ask it.
RemoteKeeper& guarded(JetsonPlant& board, const LoopConfig& config) {
  const double patience = patience_seconds(config);
  try {
    auto keeper = std::make_unique<RemoteKeeper>(start_guard(*board.controls(), patience),
                                                 board.description().limits, patience);
    RemoteKeeper& asked = *keeper;
    board.set_keeper(std::move(keeper));
    return asked;
  } catch (const std::system_error& error) {
    throw CommandError(kExitRefused, error.what());
  }
}

// Everything that is read is opened, then root's rights go, and what no decision needs.
void give_up_rights(JetsonPlant& board, const Teller& tell) {
  Telemetry telemetry;
  static_cast<void>(board.read(telemetry));  // what fails is told by the first reading that counts
  prefer_over_others(Urgency::kPolicy);
  try {
    drop_privileges();
  } catch (const std::system_error& error) {
    throw CommandError(kExitRefused, error.what());
  }
  if (const std::error_code error = forbid_calls()) {
    tell(fmt::format("no system call is forbidden to this process: {}", error.message()));
  }
}

// An application that starts again writes new files. What this process could not open then would be
// lost for good, so it is known before anything is written.
void check_application(const JetsonPlant& board, bool is_needed, const Teller& tell) {
  std::string line = obstacle_to_reading(board.application().file());
  if (line.empty()) return;
  line +=
      ": the application's figures would be lost when it writes a new file; let everybody read "
      "the file (chmod 644) and pass its folders (chmod 755)";
  if (is_needed) throw CommandError(kExitRefused, line);
  tell(line);
}

// Tells another mode of nvpmodel's. Where the limits have changed it is looked for at once.
class ModeNews {
 public:
  ModeNews(ModeWatch& modes, const PlantDescription& plant, const Teller& tell)
      : modes_(modes), plant_(plant), tell_(tell), limits_(plant.limits) {}

  void look(double now_seconds) {
    const bool is_hurried = limits_ != plant_.limits;
    if (is_hurried) limits_ = plant_.limits;  // as many as before: allocates nothing
    if (!modes_.look(now_seconds, is_hurried)) return;
    tell_(fmt::format("nvpmodel: the mode is {} now, and a new episode begins", modes_.text()));
  }

 private:
  ModeWatch& modes_;
  const PlantDescription& plant_;
  const Teller& tell_;
  std::vector<LevelRange> limits_;
};

// Tells CPUs that the hardware holds back, and when that is over.
class ThrottleNews {
 public:
  ThrottleNews(ThrottleWatch& watch, StatusSink* status, const Teller& tell)
      : watch_(watch), status_(status), tell_(tell) {}

  void look(double now_seconds) {
    const ThrottleWatch::Clock* const clock = watch_.look(now_seconds);
    if (clock == nullptr) return;
    if (status_ != nullptr) status_->set_throttled(watch_.clocks());
    const double running = clock->running_hz * 1e-6;
    tell_(clock->is_held
              ? fmt::format("{}: the hardware runs it at {:.0f} MHz where {:.0f} are asked for "
                            "(over-current or heat)",
                            clock->name, running, clock->asked_hz * 1e-6)
              : fmt::format("{}: runs as asked again, at {:.0f} MHz", clock->name, running));
  }

 private:
  ThrottleWatch& watch_;
  StatusSink* status_;
  const Teller& tell_;
};

// A folder that cannot be written keeps nobody from governing.
std::unique_ptr<StatusFile> open_status(const SessionOptions& options, const Teller& tell) {
  if (options.dry_run) return nullptr;
  try {
    return std::make_unique<StatusFile>(options.root);
  } catch (const std::system_error& error) {
    tell(fmt::format("{}: `flyballd status` shows nothing of this run", error.what()));
    return nullptr;
  }
}

// Rows on their way, heard by one more.
class RowTap final : public TelemetrySink {
 public:
  RowTap(std::function<void(const TelemetryRow&)> hear, TelemetrySink* next)
      : hear_(std::move(hear)), next_(next) {}

  void write(const TelemetryRow& row) override {
    if (hear_) hear_(row);
    if (next_ != nullptr) next_->write(row);
  }

 private:
  std::function<void(const TelemetryRow&)> hear_;
  TelemetrySink* next_;
};

// Where the rows of a session go: to the log, if one is asked for, and to the status.
class SessionRows {
 public:
  SessionRows(const SessionOptions& options, const SessionTask& task, const Plant& plant,
              std::vector<std::size_t> knobs, const ModeWatch& modes, const SessionHooks& hooks,
              const ShieldState* shield) {
    const std::vector<ModeLimits> named =
        modes.mode() ? mode_limits(modes.modes(), plant.description()) : std::vector<ModeLimits>();
    log_ = open_log(options, plant, task, named, hooks.tell);
    if (log_) marked_.emplace(*log_, modes, named);
    file_ = open_status(options, hooks.tell);
    if (!file_) return;
    status_.emplace(
        *file_,
        StatusSource{plant.description(), std::move(knobs), std::string(task.governor.name()),
                     modes, task.counts, static_cast<bool>(hooks.reload_asked), shield},
        marked_ ? &*marked_ : nullptr);
  }

  // Null: nobody wants them.
  TelemetrySink* sink() {
    if (status_) return &*status_;
    return marked_ ? &*marked_ : nullptr;
  }
  StatusSink* status() { return status_ ? &*status_ : nullptr; }
  void close(LogEnd how, const char* last_word) {
    if (status_) status_->end(last_word);
    if (log_) log_->close(how);
  }

 private:
  std::unique_ptr<RunLog> log_;
  std::optional<SessionSink> marked_;
  std::unique_ptr<StatusFile> file_;
  std::optional<StatusSink> status_;
};

// Ends this process where nothing has looked at it for so long, less half a second at most: it is
// not set anew at every tick.
class HangTimer {
 public:
  HangTimer(KillTimer& timer, double seconds) : timer_(timer), seconds_(seconds) {}

  void look(double now_seconds) noexcept {
    if (now_seconds < due_seconds_) return;
    timer_.set(seconds_);
    due_seconds_ = now_seconds + kSetSeconds;
  }

 private:
  static constexpr double kSetSeconds = 0.5;
  KillTimer& timer_;
  double seconds_;
  double due_seconds_ = 0.0;
};

// Follows `flyballd pause` and `resume`; both are told.
class PauseWatch {
 public:
  PauseWatch(const std::filesystem::path& root, PausableGovernor& governor, StatusSink* status,
             const Teller& tell)
      : path_(pause_path(root).string()), governor_(governor), status_(status), tell_(tell) {}

  void look() {
    const double now = steady_seconds();
    if (looked_seconds_ && now - *looked_seconds_ < kPauseLookSeconds) return;
    looked_seconds_ = now;
    std::optional<double> until = read_pause(path_);
    if (until && *until <= now) until.reset();
    if (status_ != nullptr) status_->set_pause(until);
    if (until.has_value() == governor_.is_paused()) return;
    governor_.set_paused(until.has_value());
    tell_(until ? fmt::format("paused for {:.0f} s: the kernel's governors decide", *until - now)
                : std::string("the pause is over"));
  }

 private:
  std::string path_;
  PausableGovernor& governor_;
  StatusSink* status_;
  const Teller& tell_;
  std::optional<double> looked_seconds_;
};

// The clocks stay as they are meanwhile.
void reload_if_asked(const SessionHooks& hooks, StatusSink* status) {
  if (!hooks.reload_asked || !hooks.reload_asked()) return;
  std::string refusal;
  try {
    hooks.reload();
  } catch (const std::exception& error) {
    refusal = error.what();
    hooks.tell(fmt::format("{}: not reloaded, the former policy goes on", refusal));
  }
  if (status != nullptr) status->note_reload(refusal);
}

const char* last_word(const SessionReport& report) {
  if (report.loop.handed_back) return "errors";
  if (report.unguarded) return "the guard process's end";
  return report.loop.finished ? "the application's end" : "its time or a signal";
}

// Once each time that others' limits shut out everything that the governor may choose.
class LimitsWatch {
 public:
  explicit LimitsWatch(const Teller& tell) : tell_(tell) {}

  void look(bool can_govern) {
    const bool is_news = !can_govern && could_govern_;
    could_govern_ = can_govern;
    if (!is_news) return;
    tell_(
        "no setting that the policy knows lies inside the limits; the kernel decides until they "
        "are wider");
  }

 private:
  const Teller& tell_;
  bool could_govern_ = true;
};

// What will be turned or is needed and is not there yet, at boot say; null: all of it is.
const char* missing_part(const std::string& root, const AwaitedParts& parts) {
  if (!has_cpu_policies(root)) return "board's files";
  const bool turns_gpu = std::ranges::find(parts.knobs, "gpu") != parts.knobs.end();
  if (turns_gpu && find_gpu_devfreq(root).empty()) return "GPU's files";
  return parts.power && !has_power_chip(root) ? "power sensors" : nullptr;
}

LoopReport run_loop(ControlLoop& loop, Timeline& timeline, std::optional<double> for_seconds,
                    const std::function<bool(double)>& stop) {
  const double start = timeline.now_seconds();
  const double until = start + for_seconds.value_or(std::numeric_limits<double>::infinity());
  return loop.run([&] { return stop(timeline.now_seconds() - start); }, until);
}

}  // namespace

void wait_for_board(const SessionOptions& options, const AwaitedParts& parts,
                    const SessionHooks& hooks) {
  const std::string root = options.root.string();
  const char* missing = missing_part(root, parts);
  if (options.wait_seconds <= 0.0 || missing == nullptr) return;
  WakeableTimeline timeline(options.wake_descriptor);
  const double start = timeline.now_seconds();
  double next_told = kFirstTellSeconds;
  double waited = 0.0;
  hooks.tell(
      fmt::format("{}: no {} yet; waits {:g} s for them", root, missing, options.wait_seconds));
  const char* awaited = missing;
  for (; missing != nullptr && waited < options.wait_seconds;
       waited = timeline.now_seconds() - start, missing = missing_part(root, parts)) {
    awaited = missing;
    if (waited >= next_told) {
      hooks.tell(fmt::format("{}: still no {} after {:.0f} of {:g} s", root, missing, waited,
                             options.wait_seconds));
      next_told += kTellSeconds;
    }
    timeline.sleep_until(timeline.now_seconds() + kWaitPollSeconds);
    if (hooks.stop(0.0)) throw Interrupted("interrupted before there was a board");
  }
  if (missing == nullptr) {
    hooks.tell(fmt::format("{}: the {} are there after {:.1f} s", root, awaited, waited));
  }
}

SessionReport run_session(const SessionOptions& options, SessionTask task,
                          const SessionHooks& hooks) {
  LoopConfig config = loop_config(options, task.period_seconds);
  config.decide_early = task.decide_early;
  SessionReport report;
  report.board = task.board.id;
  report.knobs = task.knobs;
  report.period_seconds = config.period_seconds;
  report.sample_seconds = config.sample_seconds;
  report.dry_run = options.dry_run;
  const bool needs_power = task.needs.power || task.wants_energy;
  wait_for_board(options, {task.knobs, needs_power && !task.board.rails.empty()}, hooks);
  KillTimer timer;
  timer.set(kSetUpSeconds);
  auto start_watch = std::make_unique<StartWatch>(kStartPatienceSeconds, kSetUpSeconds);
  const Board described = task.board;
  JetsonPlant board = open_board(jetson_config(options, task, hooks.tell));  // refuses what fails
  ModeWatch modes(root_text(options.root), described);
  ThrottleWatch throttle = open_throttle_watch(options.root, described);
  hooks.tell(describe(board.application().way(), board.application().file()));
  const std::vector<std::size_t> knobs = leased_knobs(task, board);
  for (const std::size_t k : knobs) report.turned.push_back(board.description().knobs[k]);
  if (task.wants_energy && board.description().rails.empty()) {
    throw CommandError(
        kExitRefused,
        fmt::format("{}: no power sensor was found, and without energy nothing can be "
                    "learned or compared",
                    options.root.string()));
  }
  check_freedom(board, knobs, hooks.tell);
  if (!options.dry_run) shield(board, options, hooks.tell);
  RemoteKeeper* const guard = options.dry_run ? nullptr : &guarded(board, config);
  ShadowPlant shadow(board);
  Plant& plant = options.dry_run ? static_cast<Plant&>(shadow) : board;
  SessionRows rows(options, task, plant, knobs, modes, hooks,
                   guard == nullptr ? nullptr : &guard->state().shield);
  RowTap shown(hooks.note_row, rows.sink());
  RowTap tap(task.note_row, &shown);
  PausableGovernor governor(task.governor);
  ServiceManager manager;
  if (task.prepare) task.prepare();
  if (guard != nullptr) {
    give_up_rights(board, hooks.tell);
    check_application(board, task.needs.application, hooks.tell);
  }
  {
    ControlLoop loop = take_clocks(plant, governor, knobs, config, &tap);
    start_watch.reset();
    hooks.on_start(report);
    manager.ready();
    ModeNews mode_news(modes, plant.description(), hooks.tell);
    ThrottleNews throttle_news(throttle, rows.status(), hooks.tell);
    PauseWatch pause(options.root, governor, rows.status(), hooks.tell);
    LimitsWatch limits(hooks.tell);
    HangTimer hang_timer(timer, 2.0 * patience_seconds(config) + kHangSeconds);
    const auto stop = [&](double governed_seconds) {
      limits.look(loop.can_govern());
      mode_news.look(plant.timeline().now_seconds());
      throttle_news.look(plant.timeline().now_seconds());
      pause.look();
      manager.alive(plant.timeline().now_seconds());
      hang_timer.look(plant.timeline().now_seconds());
      if (guard != nullptr) guard->beat(plant.timeline().now_seconds());
      report.unguarded = guard != nullptr && guard->is_lost();
      const bool is_over = hooks.stop(governed_seconds) || report.unguarded;
      if (!is_over) reload_if_asked(hooks, rows.status());
      return is_over;
    };
    report.loop = run_loop(loop, plant.timeline(), options.for_seconds, stop);
    manager.stopping();
    timer.set(kSetUpSeconds);
  }  // gives the clocks back
  if (!options.dry_run) report.restore = board.restore_report();
  const bool is_early =
      options.for_seconds && !report.loop.finished && report.loop.seconds < *options.for_seconds;
  rows.close(is_early ? LogEnd::kInterrupted : LogEnd::kComplete, last_word(report));
  report.last_failure = board.last_failure();
  return report;
}

}  // namespace flyball
