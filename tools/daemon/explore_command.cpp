#include "tools/daemon/explore_command.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <system_error>

#include "tools/console.h"
#include "tools/daemon/explore.h"
#include "tools/daemon/session_command.h"
#include "tools/daemon/session_end.h"
#include "tools/field_options.h"
#include "tools/program.h"

namespace flyball {

namespace {

constexpr const char* kWho = "flyballd explore";

constexpr const char* kFooter =
    R"(The log is what `flyball train --log LOG.csv` learns from. Settings are tried from the
fastest downwards, each near one that was seen to be good. One that exceeds the limit is left
at the next decision, and the kernel's governors decide until the application is well again.
--share 0 writes a log of the kernel's governors alone.

The limit is kept by what the application tells (env/jetson/README.md): a mean latency with
--limit-latency, otherwise the deadlines that it tells. Where it tells nothing, --slowdown is
all that protects it: no clock is set lower than its highest level by more than that factor.

Examples:
  flyballd explore --log first.csv --for 1800
  flyballd explore --board nano-4gb --log night.csv --for 28800 --limit-latency 0.2 --share 0.3)";

struct CommandOptions {
  ExploreOptions explore;
  bool json = false;
};

std::string to_text(const ExploreReport& report, const std::string& ended_by) {
  const FrontierReport& frontier = report.frontier;
  std::string text = headline(report.session, "explored", ended_by);
  text +=
      fmt::format("{} of {} settings tried in {} of {} slices; {} may be tried now\n",
                  frontier.tried, report.settings, frontier.trials, frontier.slices, frontier.open);
  text +=
      fmt::format("slices that exceeded the limit {}, decisions left to the kernel for heat {}\n",
                  frontier.violations, frontier.hot);
  return text + to_text(report.session);
}

nlohmann::ordered_json to_json(const ExploreReport& report, const CommandOptions& options,
                               const std::string& ended_by) {
  const SessionReport& session = report.session;
  nlohmann::ordered_json json = {{"board", session.board},
                                 {"log", options.explore.session.log},
                                 {"knobs", session.knobs},
                                 {"period_seconds", session.period_seconds},
                                 {"sample_seconds", session.sample_seconds},
                                 {"seed", options.explore.frontier.seed},
                                 {"ended_by", ended_by},
                                 {"seconds", session.loop.seconds},
                                 {"readings", session.loop.ticks},
                                 {"decisions", session.loop.decisions},
                                 {"settings", report.settings},
                                 {"tried", report.frontier.tried},
                                 {"open", report.frontier.open},
                                 {"slices", report.frontier.slices},
                                 {"trials", report.frontier.trials},
                                 {"violations", report.frontier.violations},
                                 {"hot_decisions", report.frontier.hot}};
  add_to_json(session, json);
  return json;
}

// Hours of a board's time: they are not lost to the next ones.
void require_no_log(const std::string& log) {
  std::error_code error;
  const bool is_there = std::filesystem::is_regular_file(log, error);
  if (!is_there || std::filesystem::file_size(log, error) == 0) return;
  throw UsageError(log + ": is there already; name another log (flyball train takes several)");
}

int run(const CommandOptions& options, StopSignals& signals) {
  const SessionOptions& session = options.explore.session;
  require_no_log(session.log);
  keep_stdout_for(session.log);
  SessionWatch watch(kWho, session, signals);
  const auto on_start = [&](const SessionReport& start) {
    watch.begin(start);
    remark("{}: exploring {} ({}) into {}, a decision every {:g} s; Ctrl-C gives it back\n", kWho,
           start.board, fmt::join(start.knobs, ", "), session.log, start.period_seconds);
  };
  std::uint64_t left = 0;  // decisions of the kernel's governors
  const auto note = [&](const TelemetryRow& row) {
    if (row.decided && row.decided_by == DecidedBy::kResident) ++left;
    watch.note(row, left);
  };
  const ExploreReport report =
      explore(options.explore, {on_start,
                                [&](std::string_view line) { watch.tell(line); },
                                [&](double seconds) { return watch.stop(seconds); },
                                {},
                                {},
                                note});
  watch.end();
  const std::string ended_by = ending(report.session, session, watch.signalled());
  say("{}",
      options.json ? to_json(report, options, ended_by).dump(2) + "\n" : to_text(report, ended_by));
  remark_on_end(report.session, kWho);
  return exit_code_of(report.session, session, watch.signalled());
}

void add_limits(CLI::App& command, FrontierConfig& frontier) {
  add_field_option(command, "--share", frontier, "share");
  add_field_option(command, "--limit-latency", frontier, "latency_seconds")->type_name("SECONDS");
  add_field_option(command, "--limit-misses", frontier, "miss_share");
  add_field_option(command, "--slowdown", frontier, "slowdown");
  add_field_option(command, "--hot", frontier, "hot_celsius")->type_name("CELSIUS");
}

}  // namespace

void add_explore_command(CLI::App& app, CommandResult& result, StopSignals& signals) {
  auto options = std::make_shared<CommandOptions>();
  ExploreOptions& explore = options->explore;
  explore.session.wake_descriptor = signals.descriptor();
  explore.frontier.seed = std::random_device{}();
  CLI::App* command = app.add_subcommand(
      "explore", "Collect data to learn from, without hurting the board's application");
  command
      ->add_option("--board", explore.board,
                   "Board, id or file (default: the one whose tables its files show)")
      ->type_name("BOARD");
  command->add_option("--log", explore.session.log, "The telemetry log to write")
      ->type_name("LOG.csv")
      ->required();
  command->add_option("--knobs", explore.knobs, "What is turned: cpu, gpu, emc")
      ->type_name("KNOB,...")
      ->delimiter(',')
      ->capture_default_str();
  add_field_option(*command, "--caps", explore.frontier, "caps")->type_name("KNOB,...");
  add_field_option(*command, "--period", explore.frontier, "period_seconds")->type_name("SECONDS");
  add_field_option(*command, "--slice", explore.frontier, "slice_periods");
  add_limits(*command, explore.frontier);
  add_session_options(*command, explore.session);
  add_thermal_option(*command, explore.session);
  command->add_option("--seed", explore.frontier.seed, "Of the choices (default: a random one)")
      ->check(seed_number());
  command->add_flag("--anew", explore.anew,
                    "Forget what a former exploration of this board saw, and begin anew");
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->footer(kFooter);
  command->callback([options, &result, &signals] { result.exit_code = run(*options, signals); });
}

}  // namespace flyball
