// A search as an HTML report. Pure function.
#pragma once

#include <string>

#include "tools/reports/html/report_page.h"
#include "tools/search/search_report.h"

namespace flyball {

ReportPage search_page(const SearchReport& report, const SearchSpace& space,
                       const std::string& command);

}  // namespace flyball
