#include "tools/reports/html/report_page.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "env/output_file.h"
#include "tools/reports/html/page_texts.h"
#include "tools/reports/html/svg_chart.h"

namespace flyball {

namespace {

constexpr const char* kNoZoom =
    "The time lines cannot be zoomed: uPlot could not be had when this program was built (npm, or "
    "the network, was missing).";

// Ids of figures and headings, in their order on the page.
class PageWriter {
 public:
  std::string write(const ReportPage& page) {
    std::string html = begin(page);
    html += fmt::format("<main id=\"main\">\n<h1>{}</h1>\n", html_text(page.title));
    html += "<section aria-labelledby=\"summary\">\n<h2 id=\"summary\">Summary</h2>\n";
    for (const ReportTable& one : page.summary) html += table(one);
    for (const std::string& remark : page.remarks) html += paragraph(remark);
    html += fmt::format("<p>Made by <code>{}</code>, flyball {}.</p>\n</section>\n",
                        html_text(page.command), FLYBALL_VERSION);
    for (const ReportSection& one : page.sections) html += section(one, page.command);
    if (has_timeline_ && !has_zoom()) html += paragraph(kNoZoom);
    html += "</main>\n";
    if (has_timeline_ && has_zoom()) {
      html +=
          fmt::format("<script>{}</script>\n<script>{}</script>\n", uplot_script(), page_script());
    }
    return html + "</body>\n</html>\n";
  }

 private:
  static std::string begin(const ReportPage& page) {
    return fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<link rel=\"icon\" href=\"data:,\">\n"
        "<title>{}</title>\n<style>{}{}</style>\n</head>\n<body>\n",
        html_text(page.title), uplot_style(), page_style());
  }

  static std::string paragraph(const std::string& text) {
    return fmt::format("<p>{}</p>\n", html_text(text));
  }

  // Wide tables scroll by themselves, by keyboard too.
  std::string table(const ReportTable& table) {
    const std::string caption = table.caption.empty() ? "Figures" : table.caption;
    std::string html = fmt::format(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{}, table {}\">\n"
        "<table><caption>{}</caption>\n<thead><tr>",
        html_text(caption), ++tables_, html_text(caption));
    for (const std::string& title : table.header) {
      html += fmt::format("<th scope=\"col\">{}</th>", html_text(title));
    }
    html += "</tr></thead>\n<tbody>\n";
    for (const auto& row : table.rows) {
      html += fmt::format("<tr><th scope=\"row\">{}</th>", html_text(row.front()));
      for (std::size_t c = 1; c < row.size(); ++c) {
        html += fmt::format("<td>{}</td>", html_text(row[c]));
      }
      html += "</tr>\n";
    }
    html += "</tbody></table>\n</div>\n";
    for (const std::string& note : table.notes) html += paragraph(note);
    return html;
  }

  std::string section(const ReportSection& section, const std::string& command) {
    const std::string id = fmt::format("section-{}", ++sections_);
    std::string html = fmt::format("<section aria-labelledby=\"{0}\">\n<h2 id=\"{0}\">{1}</h2>\n",
                                   id, html_text(section.heading));
    for (const std::string& text : section.paragraphs) html += paragraph(text);
    for (const ReportTable& one : section.tables) html += table(one);
    for (const ReportFigure& one : section.figures) html += figure(one, command);
    return html + "</section>\n";
  }

  std::string figure(const ReportFigure& figure, const std::string& command) {
    const std::string id = fmt::format("figure-{}", ++figures_);
    const bool moves = figure.timeline.has_value();
    has_timeline_ |= moves;
    std::string html = fmt::format("<figure id=\"{0}\"{1} aria-labelledby=\"{0}-title\">\n", id,
                                   moves ? " class=\"has-timeline\"" : "");
    html += fmt::format("<h3 id=\"{}-title\">{}</h3>\n", id, html_text(figure.title));
    if (moves) {
      html += controls(figure.title);
      html += fmt::format("<div class=\"timeline\">{}</div>\n", figure.svg);
      if (has_zoom()) html += data(*figure.timeline);
    } else {
      html += figure.svg + "\n";
    }
    html += fmt::format("<figcaption><code>{}</code></figcaption>\n", html_text(command));
    html += fmt::format("<details><summary>Table of {}</summary>\n{}</details>\n</figure>\n",
                        html_text(figure.title), table(figure.table));
    return html;
  }

  // Shown by the script, which makes them work.
  static std::string controls(const std::string& title) {
    std::string html =
        fmt::format("<div class=\"controls\" role=\"group\" aria-label=\"Zoom of {}\" hidden>",
                    html_text(title));
    const std::pair<const char*, const char*> buttons[] = {{"in", "Zoom in"},
                                                           {"out", "Zoom out"},
                                                           {"left", "Earlier"},
                                                           {"right", "Later"},
                                                           {"all", "All"}};
    for (const auto& [action, text] : buttons) {
      html += fmt::format("<button type=\"button\" data-action=\"{}\">{}</button>", action, text);
    }
    return html + "</div>\n";
  }

  // A "<" could end the element.
  static std::string data(const TimeLines& timeline) {
    nlohmann::ordered_json json = {{"x", timeline.x}, {"panels", nlohmann::ordered_json::array()}};
    for (const TimeLinePanel& panel : timeline.panels) {
      nlohmann::ordered_json lines = nlohmann::ordered_json::array();
      for (const auto& line : panel.lines) lines.push_back({{"name", line.name}, {"y", line.y}});
      json["panels"].push_back({{"label", panel.label}, {"lines", lines}});
    }
    std::string text;
    for (const char c : json.dump()) {
      if (c == '<') {
        text.append("\\u003c");
      } else {
        text.push_back(c);
      }
    }
    return fmt::format("<script type=\"application/json\">{}</script>\n", text);
  }

  bool has_timeline_ = false;
  int tables_ = 0;
  int sections_ = 0;
  int figures_ = 0;
};

}  // namespace

std::string to_html(const ReportPage& page) { return PageWriter().write(page); }

bool has_zoom() { return *uplot_script() != '\0'; }

void prepare_report(const std::filesystem::path& folder) {
  if (folder.empty()) return;
  std::filesystem::create_directories(folder);
  require_writable(folder / "index.html");
}

std::filesystem::path write_report_page(const std::filesystem::path& folder,
                                        const ReportPage& page) {
  std::filesystem::create_directories(folder);
  const std::filesystem::path file = folder / "index.html";
  write_output(file, to_html(page));
  return file;
}

}  // namespace flyball
