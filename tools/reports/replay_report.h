// What a replay is beside the log that it replays, as text and as JSON. Pure functions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "env/fitting/log_replay.h"
#include "env/fitting/replay_judgement.h"

namespace flyball {

// A stretch of the log and of its replay, in seconds since the replay's first row.
struct ReplayBlock {
  double begin_seconds = 0.0;
  ReplayComparison comparison;
};

struct ReplayReport {
  ReplayComparison overall;
  std::vector<ReplayBlock> blocks;
  ReplayJudgement judgement;
  ReplayTolerances tolerances;

  std::vector<std::string> shortcomings() const {
    return flyball::shortcomings(overall, tolerances);
  }
};

// Requires: samples of the same rows.
ReplayReport replay_report(std::span<const LogSample> log, std::span<const LogSample> replay,
                           std::size_t blocks);

// Both sides' figures, then the blocks, a line each.
std::string to_text(const ReplayReport& report);
// "replays within ...", or what is not within it.
std::string verdict_text(const ReplayReport& report);
// The intervals, and a sentence where the log's blocks disagree too much to tell.
std::string judgement_text(const ReplayReport& report);
nlohmann::ordered_json to_json(const ReplayReport& report);

// What of a replay is the log's own: the server's tuning (logged_first_uses.h). Empty: none.
std::string first_uses_text(std::span<const Occupation> first_uses);
nlohmann::ordered_json to_json(std::span<const Occupation> first_uses);

}  // namespace flyball
