// A report as one HTML page that needs nothing else: it opens offline, in light and dark, on a
// phone, by keyboard and with a screen reader. Values and pure functions.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tools/reports/report_table.h"

namespace flyball {

// Lines over one time, panel by panel with the same x: zoomed together.
struct TimeLinePanel {
  std::string label;  // "power, W"
  struct Line {
    std::string name;
    std::vector<double> y;  // as many as x
  };
  std::vector<Line> lines;
};
struct TimeLines {
  std::vector<double> x;  // seconds
  std::vector<TimeLinePanel> panels;
};

struct ReportFigure {
  std::string title;
  std::string svg;                    // svg_chart.h; of a timeline it may be empty
  std::optional<TimeLines> timeline;  // drawn so that it can be zoomed, where uPlot was built in
  ReportTable table;                  // what the figure shows
};

struct ReportSection {
  std::string heading;
  std::vector<std::string> paragraphs;
  std::vector<ReportTable> tables;
  std::vector<ReportFigure> figures;
};

struct ReportPage {
  std::string title;
  std::string command;  // as typed
  std::vector<std::string> remarks;
  std::vector<ReportTable> summary;  // first of all
  std::vector<ReportSection> sections;
};

std::string to_html(const ReportPage& page);

// Whether timelines can be zoomed: uPlot was there when this program was built.
bool has_zoom();

// Makes the folder, and throws std::system_error or std::filesystem::filesystem_error where no page
// can be written there: before long work. Nothing for an empty name.
void prepare_report(const std::filesystem::path& folder);

// DIR/index.html; the folder is made where it is not there. Gives the file. Throws what
// write_output throws.
std::filesystem::path write_report_page(const std::filesystem::path& folder,
                                        const ReportPage& page);

}  // namespace flyball
