// The power modes of nvpmodel: the one in force, which it writes to a file at every change
// ("pmode:0002 fmode:quiet"), and what each allows, from its configuration. Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "env/board.h"

namespace flyball {

inline constexpr const char* kNvpmodelStatus = "/var/lib/nvpmodel/status";
inline constexpr const char* kNvpmodelConf = "/etc/nvpmodel.conf";

// The id after "pmode:"; absent for other text.
std::optional<int> parse_nvpmodel_status(std::string_view text);

// The modes of an nvpmodel.conf, in its order: "< POWER_MODEL ID=2 NAME=MODE_15W >", then lines of
// PARAM ARG VALUE (CPUs in kHz, the rest in Hz; -1, and 0 of the memory, are no limit). Of several
// CPU clusters the widest range counts. Other lines say nothing here; a mode without a CPU that is
// switched on has all `cpus` of the board.
std::vector<PowerMode> parse_nvpmodel_conf(std::string_view text, int cpus);

}  // namespace flyball
