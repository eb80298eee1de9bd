#include "tools/daemon/status_command.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>

#include "env/errors.h"
#include "env/excerpt.h"
#include "env/jetson/board_lock.h"
#include "env/jetson/sysfs_file.h"
#include "env/knob.h"
#include "env/output_file.h"
#include "env/wakeable_timeline.h"
#include "tools/console.h"
#include "tools/daemon/metrics.h"
#include "tools/daemon/run_folder.h"
#include "tools/program.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

constexpr double kPatienceSeconds = 5.0;  // a status that is older is nobody's who is well
constexpr double kReloadPatienceSeconds = 10.0;
constexpr double kReloadPollSeconds = 0.05;
constexpr double kStartPatienceSeconds = 10.0;  // from the board's lock to the first status
constexpr double kMostPauseSeconds = 7.0 * 86400.0;

struct StatusOptions {
  std::string root = "/";
  std::string duration;
  bool watch = false;
  bool json = false;
  std::string metrics;  // a file; empty: none
};

struct Found {
  ordered_json status;
  double age_seconds = 0.0;
  int exit_code = kExitOk;
};

// A process of that number is there, ours or not.
bool is_alive(pid_t pid) { return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM); }

[[noreturn]] void refuse(const std::system_error& error) {
  throw CommandError(kExitRefused, error.what());
}

std::optional<ordered_json> last_status(const std::string& root) {
  try {
    const std::optional<std::string> text = read_status(root);
    if (!text) return std::nullopt;
    ordered_json json = ordered_json::parse(*text);
    if (!json.is_object() || !json.contains("pid") || !json.contains("monotonic_seconds")) {
      return std::nullopt;
    }
    return json;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  } catch (const std::system_error& error) {
    refuse(error);
  }
}

// 0: it runs and is well; 1: none runs; 4: it runs and says nothing.
Found find_daemon(const std::string& root) {
  std::optional<ordered_json> status = last_status(root);
  if (!status) return {ordered_json::object({{"state", "none"}}), 0.0, kExitFailed};
  Found found{std::move(*status), 0.0, kExitOk};
  found.age_seconds =
      std::max(0.0, steady_seconds() - found.status.value("monotonic_seconds", 0.0));
  if (found.status.value("state", "") == "ended") {
    found.exit_code = kExitFailed;
  } else if (!is_alive(found.status.value("pid", 0))) {
    found.status["state"] = "died";
    found.exit_code = kExitFailed;
  } else if (found.age_seconds > kPatienceSeconds) {
    found.status["state"] = "silent";
    found.exit_code = kExitRefused;
  }
  return found;
}

// The same, and of one that has the board and has not told its status yet, that one's, as soon as
// it does.
Found wait_for_daemon(const std::string& root, StopSignals& signals) {
  Found found = find_daemon(root);
  WakeableTimeline timeline(signals.descriptor());
  const double until = timeline.now_seconds() + kStartPatienceSeconds;
  while (found.exit_code == kExitFailed && is_locked(root) && timeline.now_seconds() < until) {
    timeline.sleep_until(timeline.now_seconds() + kReloadPollSeconds);
    if (signals.take() != 0) throw Interrupted("interrupted before there was a status");
    found = find_daemon(root);
  }
  return found;
}

std::string level_text(const ordered_json& value, bool is_clock) {
  if (!value.is_number()) return "-";
  return fmt::format("{:g}", is_clock ? value.get<double>() * 1e-6 : value.get<double>());
}

std::string knob_text(const ordered_json& knob) {
  const std::string name = knob.value("name", "");
  const bool is_clock = !is_application_knob(name);
  const auto text = [&](const char* key) {
    return level_text(knob.contains(key) ? knob[key] : ordered_json(), is_clock);
  };
  const std::string low = text("floor");
  const std::string high = text("ceiling");
  const std::string asked = low == high ? high : low + " to " + high;
  return fmt::format("{:<6}{:>9}{}  asked {:<12} limits {} to {}\n", name, text("now"),
                     is_clock ? " MHz" : "    ", asked == "-" ? "nothing" : asked, text("lowest"),
                     text("highest"));
}

std::string figure(const ordered_json& status, const char* key, const char* form) {
  const auto found = status.find(key);
  if (found == status.end() || !found->is_number()) return "-";
  return fmt::format(fmt::runtime(form), found->get<double>());
}

std::string headline(const ordered_json& status, double age_seconds) {
  const std::string state = status.value("state", "none");
  if (state == "none") return "no flyballd runs here, or none that tells its status\n";
  const std::string who =
      fmt::format("{} on {} (process {}, mode {})", status.value("governor", ""),
                  status.value("board", ""), status.value("pid", 0), status.value("mode", "-"));
  if (state == "ended") {
    const auto by = status.find("ended_by");
    return fmt::format("ended {:.0f} s ago by {}: {}\n", age_seconds,
                       by != status.end() && by->is_string() ? by->get<std::string>() : "-", who);
  }
  if (state == "died") return fmt::format("died {:.0f} s ago: {}\n", age_seconds, who);
  if (state == "silent") {
    return fmt::format("says nothing since {:.0f} s: {}\n", age_seconds, who);
  }
  std::string text = fmt::format("runs for {} s: {}\n", figure(status, "seconds", "{:.0f}"), who);
  const auto until = status.find("paused_until_seconds");
  if (state == "paused" && until != status.end() && until->is_number()) {
    text += fmt::format("paused for {:.0f} s more: the kernel's governors decide\n",
                        std::max(0.0, until->get<double>() - steady_seconds()));
  } else if (status.value("decided_by", "") == "kernel") {
    text += "the kernel's governors decide\n";
  }
  const auto throttled = status.find("throttled");
  if (throttled != status.end() && throttled->is_array() && !throttled->empty()) {
    text += "the hardware runs slower than asked:";
    for (const ordered_json& name : *throttled) {
      text += " " + excerpt(name.is_string() ? name.get<std::string>() : "-");
    }
    text += " (over-current or heat)\n";
  }
  return text;
}

// What a canary run has come to: its own line.
std::string canary_text(const ordered_json& canary) {
  const auto percent = [&](const char* key) {
    const auto found = canary.find(key);
    return found == canary.end() || !found->is_number()
               ? std::string("-")
               : fmt::format("{:.1f}", 100.0 * found->get<double>());
  };
  std::string text = fmt::format(
      "canary: {}, {} % of the time for the policy, {} pairs; saves {} % ({} to {}) of {}\n",
      canary.value("verdict", ""), percent("share"), canary.value("pairs", 0), percent("saving"),
      percent("saving_low"), percent("saving_high"), canary.value("compares", ""));
  const auto reason = canary.find("reason");
  if (reason != canary.end() && reason->is_string()) text += reason->get<std::string>() + '\n';
  return text;
}

// Empty where nothing is lowered.
std::string thermal_text(const ordered_json& status) {
  const auto found = status.find("thermal");
  if (found == status.end() || !found->is_object()) return {};
  const std::string state = found->value("state", "");
  if (state == "blind") return "no temperature can be read: the kernel's governors decide\n";
  if (state != "lowering") return {};
  return fmt::format("hot: {} at {} degrees C, limit {}: ceilings are lowered\n",
                     found->value("zone", ""), figure(*found, "celsius", "{:.1f}"),
                     figure(*found, "limit_celsius", "{:g}"));
}

// Whoever collects them sees the former figures or the new ones.
void write_metrics(const StatusOptions& options, const Found& found) {
  const std::string text =
      metrics_text(found.status, found.age_seconds, found.exit_code == kExitOk);
  try {
    write_output(options.metrics, text, 0644);
  } catch (const std::system_error& error) {
    refuse(error);
  }
}

int show(const StatusOptions& options) {
  const Found found = find_daemon(options.root);
  if (!options.metrics.empty()) {
    write_metrics(options, found);
  } else if (options.json) {
    ordered_json json = found.status;
    json["age_seconds"] = found.age_seconds;
    say("{}\n", json.dump(2));
  } else {
    say("{}", status_text(found.status, found.age_seconds));
  }
  return found.exit_code;
}

// Anew every second, until a signal comes or the daemon has ended; figures also of the next one.
int watch(const StatusOptions& options, StopSignals& signals) {
  WakeableTimeline timeline(signals.descriptor());
  const bool is_collected = !options.metrics.empty();
  const bool is_screen = !is_collected && isatty(STDOUT_FILENO) == 1;
  while (true) {
    if (is_screen) say("\033[H\033[J");
    const int exit_code = show(options);
    std::fflush(stdout);
    if ((exit_code == kExitFailed && !is_collected) || signals.take() != 0) return exit_code;
    timeline.sleep_until(timeline.now_seconds() + 1.0);
    if (signals.take() != 0) return exit_code;
  }
}

int pause(const StatusOptions& options) {
  const double seconds = parse_duration(options.duration);
  const Found found = find_daemon(options.root);
  if (found.exit_code == kExitFailed) {
    remark("flyballd pause: no flyballd runs here\n");
    return kExitFailed;
  }
  try {
    write_pause(options.root, steady_seconds() + seconds);
  } catch (const std::system_error& error) {
    refuse(error);
  }
  say("paused for {:g} s; `flyballd resume` ends it\n", seconds);
  return kExitOk;
}

int resume(const StatusOptions& options) {
  try {
    const bool was_paused = remove_pause(options.root);
    say("{}\n", was_paused ? "resumed" : "nothing was paused");
    return was_paused ? kExitOk : kExitFailed;
  } catch (const std::system_error& error) {
    refuse(error);
  }
}

std::uint64_t reloads_of(const ordered_json& status) {
  return status.value("reloads", std::uint64_t{0});
}

// Asks the daemon, and waits for the status that tells what came of it.
int reload(const StatusOptions& options, StopSignals& signals) {
  Found found = wait_for_daemon(options.root, signals);
  if (found.exit_code == kExitFailed) {
    remark("flyballd reload: no flyballd runs here\n");
    return kExitFailed;
  }
  if (!found.status.value("can_reload", false)) {
    throw CommandError(kExitRefused, "this flyballd has no policy that it could read again");
  }
  const std::uint64_t before = reloads_of(found.status);
  const pid_t pid = found.status.value("pid", 0);
  if (read_text_if_any(fmt::format("/proc/{}/comm", pid)) != "flyballd") {
    throw CommandError(kExitRefused, fmt::format("process {} is no flyballd", pid));
  }
  if (sigqueue(pid, SIGHUP, {}) != 0) {
    refuse(std::system_error(errno, std::generic_category(), "signalling flyballd"));
  }
  WakeableTimeline timeline(signals.descriptor());
  const double until = timeline.now_seconds() + kReloadPatienceSeconds;
  while (reloads_of(found.status) == before) {
    if (found.exit_code == kExitFailed || timeline.now_seconds() > until || signals.take() != 0) {
      throw CommandError(kExitRefused, "flyballd has not said what came of it");
    }
    timeline.sleep_until(timeline.now_seconds() + kReloadPollSeconds);
    found = find_daemon(options.root);
  }
  const ordered_json& refused = found.status["reload_refused"];
  if (refused.is_string()) {
    throw CommandError(kExitRefused, refused.get<std::string>() + ": the former policy goes on");
  }
  say("reloaded\n");
  return kExitOk;
}

CLI::App* add_command(CLI::App& app, const char* name, const char* what,
                      const std::shared_ptr<StatusOptions>& options) {
  CLI::App* command = app.add_subcommand(name, what);
  command->add_option("--root", options->root, "Where the board's files are (default: /)")
      ->type_name("DIR");
  return command;
}

}  // namespace

double parse_duration(const std::string& text) {
  double seconds = 0.0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, seconds);
  const std::string_view unit(parsed.ptr, static_cast<std::size_t>(end - parsed.ptr));
  const double factor = unit.empty() || unit == "s" ? 1.0
                        : unit == "m"               ? 60.0
                        : unit == "h"               ? 3600.0
                                                    : 0.0;
  seconds *= factor;
  if (parsed.ec != std::errc() || !(seconds > 0.0 && seconds <= kMostPauseSeconds)) {
    throw UsageError(fmt::format(
        "\"{}\": a duration is expected, 90, 90s, 10m or 2h, at most seven days", text));
  }
  return seconds;
}

std::string status_text(const ordered_json& status, double age_seconds) {
  std::string text = headline(status, age_seconds);
  if (!status.contains("knobs")) return text;
  for (const ordered_json& knob : status["knobs"]) text += knob_text(knob);
  text +=
      fmt::format("power {} W, latency {} s, queue {}, served {}, late {}\n",
                  figure(status, "power_watts", "{:.2f}"),
                  figure(status, "latency_seconds", "{:.4f}"), figure(status, "queue", "{:.0f}"),
                  figure(status, "served", "{:.0f}"), figure(status, "missed", "{:.0f}"));
  text +=
      fmt::format("left to the kernel {} decisions", figure(status, "left_to_kernel", "{:.0f}"));
  const auto guarded = status.find("guarded_share");
  if (guarded != status.end() && guarded->is_number()) {
    text += fmt::format(", policy guarded {:.1f} % of the time", 100.0 * guarded->get<double>());
  }
  text += '\n';
  text += thermal_text(status);
  const auto canary = status.find("canary");
  if (canary != status.end() && canary->is_object()) text += canary_text(*canary);
  return text;
}

void add_status_commands(CLI::App& app, CommandResult& result, StopSignals& signals) {
  auto options = std::make_shared<StatusOptions>();
  CLI::App* status = add_command(app, "status", "Show what a running flyballd does", options);
  status->add_flag("--watch", options->watch, "Anew every second, until Ctrl-C or its end");
  CLI::Option* json = status->add_flag("--json", options->json, "One JSON document on stdout");
  status
      ->add_option("--metrics", options->metrics,
                   "Instead, write a text file for Prometheus, in one step")
      ->type_name("FILE")
      ->excludes(json);
  status->footer(
      "Exit codes: 0 one runs and is well, 1 none runs, 4 one runs and says nothing.\n"
      "Examples:\n"
      "  flyballd status\n"
      "  flyballd status --watch\n"
      "  flyballd status --root DIR --json\n"
      "  flyballd status --watch --metrics /var/lib/prometheus/node-exporter/flyball.prom");
  status->callback([options, &result, &signals] {
    result.exit_code = options->watch ? watch(*options, signals) : show(*options);
  });
  CLI::App* pause_command =
      add_command(app, "pause", "Leave the clocks to the kernel for a while", options);
  pause_command->add_option("DURATION", options->duration, "90, 90s, 10m or 2h")->required();
  pause_command->footer("Example:\n  flyballd pause 10m");
  pause_command->callback([options, &result] { result.exit_code = pause(*options); });
  CLI::App* resume_command = add_command(app, "resume", "End a pause", options);
  resume_command->footer("Example:\n  flyballd resume");
  resume_command->callback([options, &result] { result.exit_code = resume(*options); });
  CLI::App* reload_command =
      add_command(app, "reload", "Read the policy again while governing goes on", options);
  reload_command->footer(
      "The clocks are kept meanwhile. A policy that is not well, or that needs another board, "
      "knob,\n"
      "period or sensor, is refused with 4, and the former one goes on.\n"
      "Example:\n  flyballd reload");
  reload_command->callback(
      [options, &result, &signals] { result.exit_code = reload(*options, signals); });
}

}  // namespace flyball
