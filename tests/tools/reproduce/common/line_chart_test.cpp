#include "tools/reproduce/common/line_chart.h"

#include <doctest/doctest.h>

#include <regex>
#include <string>
#include <utility>
#include <vector>

using namespace flyball;

namespace {

using Points = std::vector<std::pair<double, double>>;

ChartPanel panel(const std::string& title) {
  return {title,
          "steps",
          "return",
          {{"rises", {0.0, 5.0, 10.0}, {0.0, 1.0, 2.0}, {}, {}},
           {"falls", {0.0, 5.0, 10.0}, {1.5, 1.0, 0.5}, {1.0, 0.5, 0.0}, {2.0, 1.5, 1.0}}}};
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

// The points of every element of this kind, in order.
std::vector<Points> points_of(const std::string& svg, const std::string& element) {
  const std::regex elements("<" + element + R"( [^>]*points="([^"]*)\")");
  const std::regex pairs("([-0-9.]+),([-0-9.]+)");
  std::vector<Points> all;
  for (std::sregex_iterator e(svg.begin(), svg.end(), elements), end; e != end; ++e) {
    const std::string list = (*e)[1];
    Points& points = all.emplace_back();
    for (std::sregex_iterator p(list.begin(), list.end(), pairs); p != end; ++p) {
      points.emplace_back(std::stod((*p)[1]), std::stod((*p)[2]));
    }
  }
  return all;
}

}  // namespace

TEST_CASE("every line is drawn at its values, from the lowest at the bottom to the highest") {
  const std::vector<Points> lines = points_of(line_chart({panel("one")}), "polyline");
  REQUIRE(lines.size() == 2);
  const Points& rising = lines[0];
  REQUIRE(rising.size() == 3);
  const double width = rising[2].first - rising[0].first;
  const double height = rising[0].second - rising[2].second;  // y points down
  CHECK(width > 100.0);
  CHECK(height > 100.0);
  CHECK(rising[1].first == doctest::Approx(rising[0].first + width / 2));
  CHECK(rising[1].second == doctest::Approx(rising[0].second - height / 2));
  CHECK(lines[1][0].second == doctest::Approx(rising[0].second - 0.75 * height).epsilon(0.001));
}

TEST_CASE("a band runs along its upper edge and back along its lower one") {
  const std::vector<Points> bands = points_of(line_chart({panel("one")}), "polygon");
  REQUIRE(bands.size() == 1);
  const Points& band = bands.front();
  REQUIRE(band.size() == 6);
  for (std::size_t i = 0; i < 3; ++i) {
    CAPTURE(i);
    CHECK(band[i].first == band[5 - i].first);
    CHECK(band[i].second < band[5 - i].second);
  }
}

TEST_CASE("panels stand side by side under one legend") {
  const std::string svg = line_chart({panel("left one"), panel("right one")});
  const std::vector<Points> lines = points_of(svg, "polyline");
  REQUIRE(lines.size() == 4);
  CHECK(lines[2].front().first > lines[0].back().first);
  for (const char* words : {">left one<", ">right one<", ">rises<", ">falls<"}) {
    CAPTURE(words);
    CHECK(count(svg, words) == 1);
  }
  CHECK(count(svg, ">steps<") == 2);
}

TEST_CASE("words are XML, whatever is in them") {
  const std::string svg = line_chart({panel("cost & value, H < 1 s")});
  CHECK(svg.find(">cost &amp; value, H &lt; 1 s<") != std::string::npos);
  CHECK(count(svg, "<text") == count(svg, "</text>"));
  CHECK(svg.starts_with("<svg "));
  CHECK(svg.ends_with("</svg>\n"));
}

TEST_CASE("a line with a single value, or the same one throughout, is drawn") {
  const std::string svg = line_chart({{"flat", "x", "y", {{"only", {3.0}, {7.0}, {}, {}}}}});
  REQUIRE(points_of(svg, "polyline").front().size() == 1);
  CHECK(svg.find("nan") == std::string::npos);
  CHECK(svg.find("inf") == std::string::npos);
}
