#include "tools/reports/html/report_page.h"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/temporary_directory.h"
#include "tools/reports/html/page_texts.h"
#include "tools/reports/html/svg_chart.h"

using namespace flyball;

namespace {

ReportPage sample_page() {
  ReportPage page;
  page.title = "Savings & <clocks>";
  page.command = "flyball evaluate --scenario 'a b'";
  page.summary.push_back({"What it costs", {"governor", "W"}, {{"stock", "10"}}, {"a note"}});
  ReportFigure figure;
  figure.title = "Power over time";
  figure.table = {"Watts", {"s", "stock"}, {{"0", "5"}, {"1", "6"}}, {}};
  figure.timeline = TimeLines{{0.0, 1.0}, {{"power, W", {{"</script>", {5.0, std::nan("")}}}}}};
  ReportFigure still;
  still.title = "Energy against latency";
  still.svg = svg_chart({"Energy", "s", "J", {{"a<b", {1.0, 2.0}, {3.0, 4.0}, true}}});
  still.table = figure.table;
  page.sections.push_back({"One scenario", {"Words."}, {}, {still, figure}});
  return page;
}

// Elements that are open, in their order; what closes another one than the last fails.
void check_nesting(const std::string& html) {
  std::vector<std::string> open;
  for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const bool closes = html[at + 1] == '/';
    const std::size_t begin = at + (closes ? 2 : 1);
    const std::size_t end = html.find('>', at);
    REQUIRE(end != std::string::npos);
    const std::string name = html.substr(begin, html.find_first_of(" />", begin) - begin);
    if (html[end - 1] == '/' || name == "meta" || name == "link" || name == "!DOCTYPE") continue;
    if (!closes) {
      open.push_back(name);
      continue;
    }
    REQUIRE_FALSE(open.empty());
    CHECK(open.back() == name);
    open.pop_back();
  }
  CHECK(open.empty());
}

// What stands between `begin` and `end`, the first time.
std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const std::size_t from = text.find(begin);
  if (from == std::string::npos) return {};
  const std::size_t until = text.find(end, from + begin.size());
  return text.substr(from + begin.size(), until - from - begin.size());
}

std::string without_scripts(std::string html) {
  for (std::size_t at = html.find("<script"); at != std::string::npos; at = html.find("<script")) {
    html.erase(at, html.find("</script>", at) + 9 - at);
  }
  return html;
}

}  // namespace

TEST_CASE("a page is whole, says how it was made, and the summary comes first") {
  const std::string html = to_html(sample_page());
  CHECK(html.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
  check_nesting(without_scripts(html));
  CHECK(html.find("<h1>Savings &amp; &lt;clocks&gt;</h1>") != std::string::npos);
  CHECK(html.find("flyball evaluate --scenario 'a b'") != std::string::npos);
  CHECK(html.find("id=\"summary\"") < html.find("One scenario"));
  CHECK(html.find("prefers-color-scheme:dark") != std::string::npos);
}

TEST_CASE("a page asks nobody for anything") {
  const std::string html = without_scripts(to_html(sample_page()));
  CHECK(html.find("src=") == std::string::npos);
  CHECK(html.find("@import") == std::string::npos);
  CHECK(html.find("url(") == std::string::npos);
  CHECK(html.find("href=\"") == html.rfind("href=\""));
  CHECK(html.find("href=\"data:,\"") != std::string::npos);
}

TEST_CASE("behind every figure there is a table, and its command") {
  const std::string html = to_html(sample_page());
  const auto count = [&](const std::string& text) {
    std::size_t found = 0;
    for (std::size_t at = html.find(text); at != std::string::npos; at = html.find(text, at + 1)) {
      ++found;
    }
    return found;
  };
  CHECK(count("<figure ") == 2);
  CHECK(count("<details><summary>Table of ") == 2);
  CHECK(count("<figcaption><code>flyball evaluate") == 2);
  CHECK(count("<caption>") == 3);
  CHECK(count("<th scope=\"row\">") == 5);
  CHECK(count("role=\"region\" tabindex=\"0\"") == 3);
}

TEST_CASE("the data of a time line cannot end their element, and gaps are null") {
  const std::string html = to_html(sample_page());
  if (!has_zoom()) {
    CHECK(html.find("cannot be zoomed") != std::string::npos);
    return;
  }
  const auto json =
      nlohmann::json::parse(between(html, "<script type=\"application/json\">", "</script>"));
  CHECK(json["panels"][0]["lines"][0]["name"] == "</script>");
  CHECK(json["panels"][0]["lines"][0]["y"][1].is_null());
  CHECK(html.find("data-action=\"in\"") != std::string::npos);
}

TEST_CASE("a page is small but for its data") {
  CHECK(to_html(sample_page()).size() < 100'000);
  CHECK(std::string(page_script()).find("</") == std::string::npos);
  CHECK(std::string(uplot_script()).find("</script") == std::string::npos);
}

TEST_CASE("a report is written as index.html of its folder") {
  const TemporaryDirectory folder;
  const auto file = write_report_page(folder.path() / "new" / "r", sample_page());
  CHECK(file.filename() == "index.html");
  CHECK(std::filesystem::file_size(file) > 1000);
}
