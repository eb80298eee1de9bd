// What flyball train says of its data and results: the texts beside the JSON documents. Pure
// functions; each text ends with a newline.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "agent/training_set.h"

namespace flyball {

// What was read, where it is refused.
std::string text_of_data(const TrainingSet& set);

// Of a run's report (agent/training/training_run.h, finish()).
std::string text_of_training(const nlohmann::ordered_json& report);

// Of a summary of several seeds (agent/training/training_seeds.h).
std::string text_of_seeds(const nlohmann::ordered_json& summary);

}  // namespace flyball
