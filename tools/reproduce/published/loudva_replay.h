// Table `loudva`, second part: the measured plant, replaying what the board was sent.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "env/board.h"
#include "env/model/measured_model.h"
#include "tools/reproduce/common/reproduction_table.h"
#include "tools/reproduce/published/loudva_data.h"

namespace flyball {

// The measurements and the plant made of them.
struct LoudvaWorld {
  Board board;
  std::map<std::string, LoudvaRun> runs;  // by name
  MeasuredTable table;
  std::shared_ptr<const MeasuredModel> work;
};

// Throws what the readers throw.
LoudvaWorld load_loudva_world(const std::filesystem::path& data);

// `data`: the folder loudva of the measurements. Adds the rows of stock runs 3 (checked) and 0
// (shown), and of loud_prof's own frequencies and groups, runs 0 (checked) and 3 (shown: its groups
// go beyond the sweep).
void reproduce_loudva_replays(const std::filesystem::path& data, ReproductionTable& table);

}  // namespace flyball
