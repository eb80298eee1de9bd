// Numbers in front of a log's lines that are no moments: those of the lines (cat -n, grep -n), and
// the time since the line before (ts -i). Private to env/logs.
#pragma once

#include "env/logs/tegrastats.h"

namespace flyball {

// Line numbers count as no stamps: whole numbers that rise by one with every line of the file,
// where they are those of its lines, or begin with 1, or an interval is known. Times since the line
// before are added up: they do not rise, or are all alike. Both are noted.
void settle_front_numbers(TegrastatsLog& log, const TegrastatsOptions& options);

}  // namespace flyball
