// A page of tests/results: a table, and how it was measured. Only measured() looks at the machine.
#pragma once

#include <string>

#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

// How a table came to be.
struct Measured {
  std::string command;  // as typed
  std::string commit;   // of the program
  std::string machine;  // processor, threads, system
  std::string date;     // ISO 8601, UTC
};

// Now, on this machine, by this program.
Measured measured(std::string command);

// The table as Markdown under a line that says how it was measured.
std::string results_section(const Measured& how, const ReproductionTable& table);

// `page` with its section between the two marks replaced; what else stands there is kept. A page
// that is empty begins with `title`. Throws DataError where a mark is missing.
std::string with_results(const std::string& page, const std::string& title,
                         const std::string& section);

}  // namespace flyball
