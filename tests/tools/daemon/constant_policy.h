// A policy that always decides the same, for a Nano.
#pragma once

#include <string>
#include <vector>

#include "env/action_space.h"
#include "policies/policy_file.h"
#include "tools/config/board_config.h"

namespace flyball {

// Always chooses CPU level 3 (403.2 MHz) and GPU level 7 (614.4 MHz) of a Nano.
inline PolicyFile constant_policy() {
  const Board board = load_board("nano-4gb").board;
  PolicyFile file;
  file.metadata.board = board.id;
  for (const char* name : {"cpu", "gpu"}) {
    file.metadata.knobs.push_back({name, board.knobs[find_knob(board.knobs, name)].levels, false});
  }
  file.metadata.encoder.period_seconds = 0.1;
  const std::size_t actions = action_count(file.metadata);
  const std::size_t inputs = observation_names(file.metadata).size();
  file.metadata.support.assign(actions, 1);
  file.tensors["cost.0.weight"] = {{actions, inputs}, std::vector<float>(actions * inputs, 0.0F)};
  file.tensors["cost.0.bias"] = {{actions}, std::vector<float>(actions, 1.0F)};
  const std::vector<Level> chosen = {3, 7};
  file.tensors["cost.0.bias"].values[ActionSpace({15, 12}).index_of(chosen)] = 0.0F;
  return file;
}

}  // namespace flyball
