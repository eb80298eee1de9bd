// What `flyballd explore` does: collect data to learn from on a running board, without hurting its
// application (controllers/frontier_governor.h). What was seen is kept, for the next one to go on.
#pragma once

#include <string>
#include <vector>

#include "controllers/frontier_governor.h"
#include "tools/daemon/board_session.h"

namespace flyball {

struct ExploreOptions {
  SessionOptions session;  // with a log
  std::string board;       // id or file; empty: the one whose tables fit
  std::vector<std::string> knobs = {"cpu", "gpu"};
  FrontierConfig frontier;
  bool anew = false;  // what a former exploration saw is not gone on from
};

struct ExploreReport {
  SessionReport session;
  FrontierReport frontier;
  std::size_t settings = 0;  // of the knobs together
};

// Throws what run_session() throws.
ExploreReport explore(const ExploreOptions& options, const SessionHooks& hooks);

}  // namespace flyball
