// A fit to measurements as an HTML report. Pure function.
#pragma once

#include <string>

#include "tools/reports/fit_report.h"
#include "tools/reports/html/report_page.h"

namespace flyball {

ReportPage fit_page(const FitReport& report, const std::string& command);

}  // namespace flyball
