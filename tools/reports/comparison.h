// Two results of `flyball evaluate` side by side, with a verdict for each figure: for finding out
// whether a change made a governor worse. Pure functions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace flyball {

enum class Verdict : std::uint8_t { kSame, kBetter, kWorse, kCannotTell };
std::string to_text(Verdict verdict);

// How far AFTER is from BEFORE, seed by seed on the same requests: the mean over the seeds with its
// 95 % interval (Student's t). With one seed there is no interval, but for equal runs.
struct FigureChange {
  std::string figure;  // "energy", "in_time", "latency_mean"
  std::string unit;    // "%", of BEFORE; or "points", of the requests
  double mean = 0.0;
  double low = 0.0;
  double high = 0.0;
  Verdict verdict = Verdict::kCannotTell;
};

struct GovernorChange {
  std::string governor;  // of several scenarios: with the scenario before it
  std::vector<FigureChange> figures;
  Verdict verdict() const;  // the worst of its figures
};

// So much is no change.
struct ComparisonTolerance {
  double energy_percent = 0.5;
  double in_time_points = 0.2;
  double latency_percent = 2.0;
};

struct Comparison {
  std::vector<GovernorChange> governors;  // of both results
  std::vector<std::string> only_before;
  std::vector<std::string> only_after;
  std::vector<std::string> notes;  // what a reader should know: other versions, limits or stock
  bool is_worse() const;
};

// Results of several scenarios are compared scenario by scenario, by their names; those that only
// one of the two has are noted. Throws DataError where a document is no result of `evaluate`, where
// the two are of different scenarios, boards, modes, workloads, --set, deadlines or seeds, or have
// no governor in common.
Comparison compare_evaluations(const nlohmann::json& before, const nlohmann::json& after,
                               const ComparisonTolerance& tolerance);

std::string to_text(const Comparison& comparison);
nlohmann::ordered_json to_json(const Comparison& comparison);

}  // namespace flyball
