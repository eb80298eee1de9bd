#include "tools/daemon/run_command.h"

#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <string>

#include "tools/console.h"
#include "tools/daemon/govern.h"
#include "tools/daemon/govern_report.h"
#include "tools/daemon/session_command.h"
#include "tools/daemon/session_end.h"
#include "tools/field_options.h"
#include "tools/preference_options.h"
#include "tools/program.h"

namespace flyball {

namespace {

constexpr const char* kWho = "flyballd run";

constexpr const char* kFooter = R"(Examples:
  flyballd run --policy P.flyball                 govern this board until a signal comes
  flyballd run --policy P.flyball --root DIR --for 60
                                                  govern an emulated board for a minute
  flyballd run --policy P.flyball --eta 0.5       weigh latency as much as energy
  flyballd run --policy P.flyball --latency-limit 0.2
                                                  least energy with a mean latency under 0.2 s
  flyballd run --policy P.flyball --dry-run       decide, write nothing
  flyballd run --policy P.flyball --canary 10%    take turns with the kernel's governors, and keep
                                                  the better one

A policy takes another --eta or limit than it was trained for only if it was trained to
(flyball inspect P.flyball says so).
Options may stand in etc/flyball/flyball.toml under the root, or in the file of --config.
`flyballd reload`, or SIGHUP where there is no terminal, has that file and the policy read again.
Every other signal that can be caught ends a run; every file that it may write then reads as
before. After SIGKILL, a crash or a hang a second process gives the clocks back within a second; if
it died, too, `flyballd restore` or the next start does.)";

struct RunOptions {
  GovernOptions govern;
  std::optional<double> canary_share;  // absent: no canary
  CanaryConfig canary;
  bool json = false;
};

// What another reading of the file may change while the clocks are kept: what a reload reads anew.
const Words kMayChange = {"--policy", "--eta", "--latency-limit", "--miss-limit", "--no-guard"};

// "10%" as 0.1.
std::string take_percent(std::string& text) {
  if (!text.ends_with('%')) return {};
  double percent = 0.0;
  const char* const end = text.data() + text.size() - 1;
  const auto parsed = std::from_chars(text.data(), end, percent);
  if (parsed.ec == std::errc() && parsed.ptr == end) text = fmt::format("{}", 0.01 * percent);
  return {};
}

void add_canary_options(CLI::App& command, RunOptions& options) {
  CLI::Option* canary =
      command
          .add_option("--canary", options.canary_share,
                      "Take turns with the kernel's governors, with this share of the time for the "
                      "policy at first; keep the better one, and roll back by itself")
          ->type_name("SHARE")
          ->transform(CLI::Validator(take_percent, "", "percent"))
          ->check(number_in(0.01, 0.5));
  const auto add = [&](const char* name, const char* key) {
    return add_field_option(command, name, options.canary, key)->needs(canary);
  };
  add("--canary-slice", "slice_seconds")->type_name("SECONDS");
  add("--canary-saving", "least_saving")->type_name("SHARE");
  add("--canary-pairs", "most_pairs")->type_name("N");
  add("--canary-confidence", "confidence")->type_name("SHARE");
}

// Throws UsageError where they do not go together.
GovernOptions govern_options(const RunOptions& options) {
  GovernOptions govern = options.govern;
  if (!options.canary_share) return govern;
  if (govern.session.dry_run) {
    throw UsageError("--canary with --dry-run: nothing is written, so there is nothing to compare");
  }
  govern.canary = options.canary;
  govern.canary->share = *options.canary_share;
  return govern;
}

CLI::App* add_run_options(CLI::App& app, RunOptions& options) {
  GovernOptions& govern = options.govern;
  CLI::App* command = app.add_subcommand("run", "Govern the board with a policy");
  add_policy_options(*command, govern);
  add_session_options(*command, govern.session);
  add_thermal_option(*command, govern.session);
  add_log_options(*command, govern.session);
  command->add_flag(
      "!--no-guard", govern.guarded,
      "The policy decides also where requests are late or its limit is not kept. (The policy's "
      "guard, which sees that, needs the queue and latencies that the application tells; the guard "
      "process, which holds the clocks, stays.)");
  add_canary_options(*command, options);
  command->add_flag("--dry-run", govern.session.dry_run, "Decide and report, write nothing");
  command->add_flag("--json", options.json, "One JSON document on stdout");
  return command;
}

// The options as a start would have them now, less what only a start can change.
GovernOptions read_again(const RunOptions& options, const GivenOptions& given) {
  CLI::App app("", "flyballd");
  app.fallthrough();
  add_configs_option(app);
  RunOptions fresh;
  add_run_options(app, fresh);
  const std::vector<OptionEntry> entries = option_entries(app, given.words);
  const std::string changed = changed_entry(given.entries, entries, kMayChange);
  if (!changed.empty()) {
    throw std::runtime_error(changed + ": has changed: start flyballd anew for that");
  }
  parse_words(app, with_entries(given.words, entries));
  GovernOptions next = govern_options(options);
  next.policy = fresh.govern.policy;
  next.preference = fresh.govern.preference;
  next.guarded = fresh.govern.guarded;
  return next;
}

}  // namespace

int govern_and_tell(const char* who, const GovernOptions& options, bool json, StopSignals& signals,
                    const std::function<GovernOptions()>& options_again) {
  const SessionOptions& session = options.session;
  keep_stdout_for(session.log);
  using HangUp = SessionWatch::HangUp;
  SessionWatch watch(who, session, signals, session.dry_run ? HangUp::kEnds : HangUp::kMayReload);
  const auto on_start = [&](const GovernReport& start) {
    watch.begin(start.session);
    remark("{}: {} {} ({}) by {} ({}), every {:g} s; Ctrl-C {}\n", who,
           start.session.dry_run ? "watching" : "governing", start.session.board,
           fmt::join(start.session.knobs, ", "), options.policy.string(), start.policy_checksum,
           start.session.period_seconds, start.session.dry_run ? "ends it" : "gives it back");
  };
  const GovernReport report = govern(
      options,
      {on_start, [&](std::string_view line) { watch.tell(line); },
       [&](double seconds) { return watch.stop(seconds); }, [&] { return watch.take_reload(); },
       options_again,
       [&](const TelemetryRow& row, std::uint64_t fallbacks) { watch.note(row, fallbacks); }});
  watch.end();
  const std::string ended_by = ending(report.session, session, watch.signalled());
  say("{}", json ? to_json(report, ended_by).dump(2) + "\n" : to_text(report, ended_by));
  remark_on_end(report.session, who);
  return exit_code_of(report.session, session, watch.signalled());
}

void add_policy_options(CLI::App& command, GovernOptions& options) {
  command.add_option("--policy", options.policy, "The policy file")
      ->type_name("P.flyball")
      ->required();
  command.add_option("--board", options.board, "Board, id or file (default: the policy's)")
      ->type_name("BOARD");
  add_preference_options(command, options.preference);
  command
      .add_option("--period", options.period_seconds, "Between decisions (default: the policy's)")
      ->type_name("SECONDS")
      ->check(number_in(0.001, 3600.0));
}

void add_run_command(CLI::App& app, CommandResult& result, StopSignals& signals,
                     const GivenOptions& given) {
  auto options = std::make_shared<RunOptions>();
  options->govern.session.wake_descriptor = signals.descriptor();
  CLI::App* command = add_run_options(app, *options);
  command->footer(kFooter);
  command->callback([options, &result, &signals, &given] {
    const auto again = [options, &given] { return read_again(*options, given); };
    result.exit_code =
        govern_and_tell(kWho, govern_options(*options), options->json, signals, again);
  });
}

}  // namespace flyball
