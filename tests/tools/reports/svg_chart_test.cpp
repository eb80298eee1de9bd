#include "tools/reports/html/svg_chart.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

using namespace flyball;

namespace {

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++found;
  }
  return found;
}

}  // namespace

TEST_CASE("a chart has a name, axes, a legend, and points where they belong") {
  const std::string svg = svg_chart({"Energy \"now\"",
                                     "latency, s",
                                     "energy, J",
                                     {{"points", {0.0, 10.0}, {0.0, 1.0}, false},
                                      {"a line", {0.0, 5.0, 10.0}, {1.0, 0.5, 0.0}, true}}});
  CHECK(svg.starts_with("<svg "));
  CHECK(svg.ends_with("</svg>"));
  CHECK(svg.find("role=\"img\" aria-label=\"Energy &quot;now&quot;\"") != std::string::npos);
  CHECK(count(svg, "<circle") == 2);
  CHECK(count(svg, "<polyline") == 1);
  CHECK(svg.find("cx=\"64.0\" cy=\"254.0\"") != std::string::npos);  // the lower left corner
  CHECK(svg.find("cx=\"624.0\" cy=\"12.0\"") != std::string::npos);  // the upper right one
  CHECK(svg.find("points=\"64.0,12.0 344.0,133.0 624.0,254.0 \"") != std::string::npos);
  CHECK(svg.find(">latency, s</text>") != std::string::npos);
  CHECK(svg.find(">a line</text>") != std::string::npos);
}

TEST_CASE("gaps are left out, and a chart without a point is still one") {
  const std::string svg =
      svg_chart({"t", "x", "y", {{"l", {0.0, 1.0, 2.0}, {1.0, std::nan(""), 3.0}, true}}});
  CHECK(svg.find("nan") == std::string::npos);
  CHECK(svg.find("points=\"64.0,254.0 624.0,12.0 \"") != std::string::npos);
  CHECK(svg_chart({"t", "x", "y", {}}).ends_with("</svg>"));
}

TEST_CASE("shared bars fill their row") {
  const std::string svg = svg_bars({"t", {"stock"}, {"low", "mid", "high"}, {{0.25, 0.0, 0.75}}});
  CHECK(count(svg, "<rect") == 2);
  CHECK(svg.find("<title>low: 25.0 %</title>") != std::string::npos);
  CHECK(svg.find("width=\"113.5\"") != std::string::npos);
  CHECK(svg.find("width=\"340.5\"") != std::string::npos);
}

TEST_CASE("a heat map has a cell per value, none where there is none, and a frame") {
  HeatMap map{"t", "x", "y", {"1", "2"}, {"a", "b"}, {{1.0, 2.0}, {std::nullopt, 3.0}}, {{1, 0}}};
  const std::string svg = svg_heat_map(map);
  CHECK(count(svg, "class=\"p0\"") == 3);
  CHECK(count(svg, "class=\"mark\"") == 1);
  CHECK(svg.find("<title>2, b: 3</title>") != std::string::npos);
  CHECK(svg.find("fill-opacity=\"1.00\"") != std::string::npos);
  CHECK(svg.find("fill-opacity=\"0.06\"") != std::string::npos);
}
