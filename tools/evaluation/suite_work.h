// What a suite needs beyond scenarios' files: policies that the scenarios' recipes train, and
// scenarios made of measurements. Functions throw what reading, simulating and training throw, and
// Interrupted.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "env/sim/scenario.h"
#include "policies/policy_file.h"

namespace flyball {

// A scenario to learn from and to be measured on meanwhile: usually one and the same, by name or
// path as --scenario has it.
struct LearningScenario {
  std::string name;        // of the scenario that the policy is for
  std::string learn;       // simulated
  std::string validation;  // measured on while training; empty: `learn`
};

// A policy per scenario, by the recipe of its load, with seeds that no evaluation uses. `folder`:
// where they are kept, and taken from when the same program is to make the same ones; empty:
// nowhere. Shows progress.
std::vector<std::shared_ptr<const PolicyFile>> learned_policies(
    const std::vector<LearningScenario>& scenarios, const std::filesystem::path& folder,
    unsigned threads);

// LoudVA's runs ("stock_governor_0") as scenarios on the plant made of the board's sweep, written
// to `folder`; `data` is the measurements' folder, which is only read.
struct MeasuredScenario {
  std::filesystem::path recorded;  // the requests as the board got them
  LearningScenario learning;       // stretches of them, drawn anew
};
std::vector<MeasuredScenario> loudva_scenarios(const std::filesystem::path& data,
                                               const std::vector<std::string>& runs,
                                               const std::filesystem::path& folder);

}  // namespace flyball
