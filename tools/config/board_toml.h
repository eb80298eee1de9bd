// A board's file as it is written, configs/boards/NAME.toml: the keys of board_config.h. Values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "env/sim/board_config.h"

namespace flyball {

struct DomainToml {
  std::vector<double> frequencies_hz;
  double actuation_seconds = 0.0;
  std::string governor;
};
template <typename Visitor, FieldsOf<DomainToml> Config>
void visit(Visitor& field, Config& domain) {
  field({"frequencies_hz", "Hz", above(0), "the table, ascending", Need::kRequired},
        domain.frequencies_hz);
  field({"actuation_seconds", "s", within(0, 1), "from a request to its effect", Need::kRequired},
        domain.actuation_seconds);
  field({"governor",
         "",
         {},
         "the resident that the board ships with, a kernel governor of controllers/",
         Need::kRequired},
        domain.governor);
}

struct CpuToml {
  std::vector<std::string> policies;
  DomainToml domain;  // of every policy
};
template <typename Visitor, FieldsOf<CpuToml> Config>
void visit(Visitor& field, Config& cpu) {
  field({"policies",
         "",
         {},
         "one entry per cpufreq policy: its CPUs as the kernel writes them, \"0-3\" or \"0,3-5\"",
         Need::kRequired},
        cpu.policies);
  visit(field, cpu.domain);
}

struct PowerToml {
  std::vector<std::string> rails;
  std::optional<std::string> module;
  std::vector<std::string> sum;
};
template <typename Visitor, FieldsOf<PowerToml> Config>
void visit(Visitor& field, Config& power) {
  field({"rails", "", {}, "labels of the rails that the sensors measure", Need::kRequired},
        power.rails);
  field({"module", "", {}, "the rail that measures the whole module"}, power.module);
  field({"sum",
         "",
         {},
         "where there is none: the rails whose sum is the module's power; none may be drawn from "
         "another"},
        power.sum);
}

struct BoardToml {
  std::string id;
  std::string title;
  std::string soc;
  int cpus = 1;
  BoardIdentity identity;
  CpuToml cpu;
  DomainToml gpu;
  DomainToml emc;
  PowerToml power;
  std::vector<ThermalZone> zones;
  int default_mode = 0;
  std::vector<PowerMode> modes;
  std::vector<BoardFiles> files;
  std::optional<Electrical> electrical;
  RooflineTraits roofline;
  std::optional<RelatedBoard> related;
  SensorConfig sensor;
  ThermalConfig thermal;
  PowerBudgetConfig power_budget;
};
template <typename Visitor, FieldsOf<BoardToml> Config>
void visit(Visitor& field, Config& config) {
  field.table({"board", "", {}, "the module"}, [&](auto& board) {
    board({"id", "", {}, "the name; the same as the file's", Need::kRequired}, config.id);
    board({"title", "", {}, "for people", Need::kRequired}, config.title);
    board({"soc", "", {}, "\"t210\", \"t186\", \"t194\", \"t234\" or \"t264\"", Need::kRequired},
          config.soc);
    board({"cpus", "", cpus_range(), "possible CPUs", Need::kRequired}, config.cpus);
    board({"modules",
           "",
           {},
           "part and SKU in the device tree (\"p3767-0004\"); they tell apart what has the same "
           "tables"},
          config.identity.modules);
    board({"unconfirmed",
           "",
           {},
           "what no public source confirms: \"cpu\", \"gpu\", \"emc\" (then the board's own table "
           "is taken as it is), \"power\", \"thermal\", \"nvpmodel\""},
          config.identity.unconfirmed);
  });
  field({"cpu", "", {}, "all policies are one knob", Need::kRequired}, config.cpu);
  field({"gpu", "", {}, "the GPU", Need::kRequired}, config.gpu);
  field({"emc", "", {}, "the memory", Need::kRequired}, config.emc);
  field({"power", "", {}, "what is measured", Need::kRequired}, config.power);
  field.table({"thermal", "", {}, "what is hot"}, [&](auto& thermal) {
    thermal({"zones", "", {}, "the thermal zones"}, config.zones);
  });
  field.table({"nvpmodel", "", {}, "the power modes"}, [&](auto& nvpmodel) {
    nvpmodel({"default", "", {}, "id of the mode after boot", Need::kRequired},
             config.default_mode);
    nvpmodel({"modes", "", {}, "what each allows; absent limits: none"}, config.modes);
  });
  field({"files", "", {}, "for emulating: one entry per JetPack that the board runs"},
        config.files);
  field({"electrical", "", {}, "for simulating (env/model/electrical.h)"}, config.electrical);
  field({"roofline", "", {}, "what all analytic workloads share on this board"}, config.roofline);
  field({"related", "", {}, "where workloads that do not name it are taken from"}, config.related);
  field({"sensor", "", {}, "the INA3221's averaging and its steps"}, config.sensor);
  field({"thermal_model", "", {}, "how it heats, and what throttles"}, config.thermal);
  field({"power_budget", "", {}, "how a mode's budget holds clocks down"}, config.power_budget);
}

}  // namespace flyball
