// A board as it can be simulated: its facts, files, electrical figures and sensors. Values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "env/board.h"
#include "env/config/fields.h"
#include "env/jetson/board_files.h"
#include "env/jetson/board_identity.h"
#include "env/model/electrical.h"
#include "env/model/roofline_model.h"
#include "env/sim/sim_config.h"

namespace flyball {

// How workloads that are known for a related board only are carried over: factors on their costs.
struct RelatedBoard {
  std::string id;
  double gpu = 1.0;     // cycles per request: by GPU cores
  double memory = 1.0;  // by the memory's width
  double host = 1.0;    // launches and host, by the cores' work per cycle
};
template <typename Visitor, FieldsOf<RelatedBoard> Config>
void visit(Visitor& field, Config& related) {
  field({"board",
         "",
         {},
         "a workload that does not name this board is taken from that one",
         Need::kRequired},
        related.id);
  field({"gpu", "", above(0), "factor on the GPU's cycles"}, related.gpu);
  field({"memory", "", above(0), "on the memory's"}, related.memory);
  field({"host", "", above(0), "on launches and the host's part"}, related.host);
}

struct BoardConfig {
  Board board;
  BoardIdentity identity;
  std::vector<BoardFiles> files;         // one per JetPack; what the emulator shows
  std::optional<Electrical> electrical;  // absent: only measured workloads can be simulated
  RooflineTraits roofline;               // what all analytic workloads share here
  std::optional<RelatedBoard> related;   // absent: a workload must name this board
  SensorConfig sensor;
  ThermalConfig thermal;
  PowerBudgetConfig power_budget;  // counts in modes that have a budget
};

}  // namespace flyball
