// What `flyball evaluate` has found out, as its documents: JSON, CSV, Markdown, text. Values and
// pure functions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controllers/evaluation/evaluation.h"
#include "env/sim/scenario.h"

namespace flyball {

struct EvaluatedScenario {
  std::string named;  // as on the command line: id or path, with what is set over it
  Scenario scenario;
  EvaluationPlan plan;
  Evaluation evaluation;
};

// What is the same for all of them.
struct EvaluationRequest {
  std::string command;                   // as typed
  std::vector<std::string> assignments;  // --set
  std::optional<double> frames_per_second;
  std::optional<double> eta;
  std::optional<double> deadline_seconds;
  std::vector<std::string> left_out;  // scenarios that an interruption left out
};

// One scenario's document is the evaluation itself; several are {"scenarios": [...], "across"}.
nlohmann::ordered_json evaluation_document(const EvaluationRequest& request,
                                           const std::vector<EvaluatedScenario>& results);
std::string evaluation_text(const EvaluationRequest& request,
                            const std::vector<EvaluatedScenario>& results);
std::string evaluation_csv(const std::vector<EvaluatedScenario>& results);
std::string evaluation_markdown(const EvaluationRequest& request,
                                const std::vector<EvaluatedScenario>& results);

// "Title (id, 3 seeds)".
std::string headline(const EvaluatedScenario& result);

}  // namespace flyball
