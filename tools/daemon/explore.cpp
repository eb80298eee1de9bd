#include "tools/daemon/explore.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "tools/daemon/board_choice.h"
#include "tools/daemon/explore_file.h"
#include "tools/daemon/state_file.h"
#include "tools/exit_codes.h"

namespace flyball {

namespace {

constexpr double kKeepSeconds = 30.0;

FrontierGovernor make_governor(const ExploreOptions& options) {
  try {
    return FrontierGovernor(options.frontier);
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
}

// What was seen, in a file.
class Memory {
 public:
  Memory(FrontierGovernor& governor, const ExploreOptions& options, const std::string& board,
         const Teller& tell)
      : governor_(governor),
        options_(options),
        key_(explore_key(board, options.knobs, options.frontier)),
        tell_(tell) {}

  void open() {
    const SessionOptions& session = options_.session;
    file_ = open_state_file(session.root, session.state_directory, "explore", tell_);
    if (!file_ || options_.anew) return;
    try {
      const std::string text = file_->read();
      std::vector<FrontierSeen> seen =
          text.empty() ? std::vector<FrontierSeen>() : frontier_seen(text, key_);
      if (seen.empty()) return;
      const auto tried =
          std::ranges::count_if(seen, [](const FrontierSeen& one) { return one.trials > 0; });
      tell_(
          fmt::format("{}: goes on from {} settings that a former exploration tried (--anew "
                      "does not)",
                      file_->path().string(), tried));
      governor_.resume(std::move(seen));
    } catch (const std::exception& error) {
      tell_(fmt::format("{}: {}: begins anew", file_->path().string(), error.what()));
    }
  }
  void keep_now_and_then(double governed_seconds) {
    if (governed_seconds - kept_seconds_ < kKeepSeconds) return;
    kept_seconds_ = governed_seconds;
    keep();
  }
  void keep() {
    if (!file_ || governor_.report().slices == 0) return;
    try {
      file_->write(to_text(governor_.seen(), key_));
    } catch (const std::exception& error) {
      tell_(fmt::format("{}: nothing more is kept over a restart", error.what()));
      file_.reset();
    }
  }

 private:
  FrontierGovernor& governor_;
  const ExploreOptions& options_;
  std::string key_;
  const Teller& tell_;
  std::optional<StateFile> file_;
  double kept_seconds_ = 0.0;
};

}  // namespace

ExploreReport explore(const ExploreOptions& options, const SessionHooks& hooks) {
  FrontierGovernor governor = make_governor(options);
  wait_for_board(options.session, {options.knobs, true}, hooks);
  Board board = choose_board(options.session.root, options.board);
  Memory memory(governor, options, board.id, hooks.tell);
  ExploreReport report;
  // A log without power teaches nothing, and heat is given way to: all sensors have to be there.
  SessionTask task{governor,
                   options.knobs,
                   governor.period().seconds,
                   std::move(board),
                   TelemetryNeeds{options.knobs},
                   {},
                   true};
  task.prepare = [&] { memory.open(); };
  SessionHooks watched = hooks;
  watched.stop = [&](double governed_seconds) {
    memory.keep_now_and_then(governed_seconds);
    return hooks.stop(governed_seconds);
  };
  report.session = run_session(options.session, std::move(task), watched);
  memory.keep();
  report.frontier = governor.report();
  report.settings = governor.settings();
  return report;
}

}  // namespace flyball
