// A training run as an HTML report, from what its directory holds.
#pragma once

#include <filesystem>
#include <string>

#include "tools/reports/html/report_page.h"

namespace flyball {

// `run`: the run's directory, P.flyball.run; `policy`: the file that it made. Throws
// std::system_error where a curve cannot be read.
ReportPage train_page(const std::filesystem::path& run, const std::string& policy,
                      const std::string& command);

}  // namespace flyball
