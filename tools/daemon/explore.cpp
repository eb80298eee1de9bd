#include "tools/daemon/explore.h"

#include <stdexcept>

#include "tools/daemon/board_choice.h"
#include "tools/exit_codes.h"

namespace flyball {

namespace {

FrontierGovernor make_governor(const ExploreOptions& options) {
  try {
    return FrontierGovernor(options.frontier);
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
}

}  // namespace

ExploreReport explore(const ExploreOptions& options, const SessionHooks& hooks) {
  FrontierGovernor governor = make_governor(options);
  wait_for_board(options.session, options.knobs, hooks);
  ExploreReport report;
  // A log without power teaches nothing, and heat is given way to: all sensors have to be there.
  report.session = run_session(options.session,
                               {governor,
                                options.knobs,
                                governor.period().seconds,
                                choose_board(options.session.root, options.board),
                                TelemetryNeeds{options.knobs},
                                {},
                                true},
                               hooks);
  report.frontier = governor.report();
  report.settings = governor.settings();
  return report;
}

}  // namespace flyball
