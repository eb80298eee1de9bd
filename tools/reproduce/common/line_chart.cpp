#include "tools/reproduce/common/line_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

namespace flyball {

namespace {

constexpr double kPanelWidth = 380.0;
constexpr double kPanelHeight = 260.0;
constexpr double kLeft = 62.0;
constexpr double kTop = 34.0;
constexpr double kBottom = 48.0;
constexpr double kLegendRow = 18.0;
// Okabe and Ito's colours: told apart by everybody.
constexpr const char* kColours[] = {"#000000", "#d55e00", "#e69f00", "#56b4e9",
                                    "#009e73", "#cc79a7", "#0072b2"};

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void take(const std::vector<double>& values) {
    for (const double value : values) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  double share(double value) const { return high > low ? (value - low) / (high - low) : 0.5; }
};

// 1, 2 or 5 times a power of ten: about five ticks in the range.
double tick_step(const Range& range) {
  const double raw = std::max(range.high - range.low, 1e-12) / 5.0;
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= raw) return factor * power;
  }
  return 10.0 * power;
}

std::string escaped(std::string_view words) {
  std::string xml;
  for (const char c : words) {
    if (c == '&') {
      xml += "&amp;";
    } else if (c == '<') {
      xml += "&lt;";
    } else {
      xml += c;
    }
  }
  return xml;
}

std::string text(double x, double y, std::string_view anchor, std::string_view words) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
                     escaped(words));
}

class PanelWriter {
 public:
  PanelWriter(const ChartPanel& panel, double left) : panel_(panel), left_(left) {
    for (const ChartLine& line : panel.lines) {
      x_.take(line.x);
      y_.take(line.y);
      y_.take(line.low);
      y_.take(line.high);
    }
  }

  std::string write() const {
    std::string svg = axes();
    for (std::size_t i = 0; i < panel_.lines.size(); ++i) {
      svg += line(panel_.lines[i], kColours[i % std::size(kColours)]);
    }
    return svg;
  }

 private:
  double at_x(double value) const { return left_ + kPanelWidth * x_.share(value); }
  double at_y(double value) const { return kTop + kPanelHeight * (1.0 - y_.share(value)); }

  std::string axes() const {
    const double bottom = kTop + kPanelHeight;
    std::string svg = text(left_ + kPanelWidth / 2, kTop - 14, "middle", panel_.title);
    svg += text(left_ + kPanelWidth / 2, bottom + 36, "middle", panel_.x_label);
    svg += fmt::format(
        "<text transform=\"translate({:.1f},{:.1f}) rotate(-90)\" text-anchor=\"middle\">{}"
        "</text>\n",
        left_ - 46, kTop + kPanelHeight / 2, escaped(panel_.y_label));
    const double x_step = tick_step(x_);
    for (double x = std::ceil(x_.low / x_step) * x_step; x <= x_.high + 1e-9; x += x_step) {
      svg += text(at_x(x), bottom + 18, "middle", fmt::format("{:g}", x));
    }
    const double y_step = tick_step(y_);
    for (double y = std::ceil(y_.low / y_step) * y_step; y <= y_.high + 1e-9; y += y_step) {
      svg += fmt::format(
          "<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#dddddd\"/>\n",
          left_, left_ + kPanelWidth, at_y(y), at_y(y));
      svg += text(left_ - 6, at_y(y) + 4, "end", fmt::format("{:g}", y));
    }
    return svg;
  }

  std::string line(const ChartLine& line, const char* colour) const {
    std::string svg;
    if (!line.low.empty()) {
      svg += fmt::format("<polygon fill=\"{}\" fill-opacity=\"0.13\" points=\"", colour);
      for (std::size_t i = 0; i < line.x.size(); ++i) {
        svg += fmt::format("{:.1f},{:.1f} ", at_x(line.x[i]), at_y(line.high[i]));
      }
      for (std::size_t i = line.x.size(); i-- > 0;) {
        svg += fmt::format("{:.1f},{:.1f} ", at_x(line.x[i]), at_y(line.low[i]));
      }
      svg += "\"/>\n";
    }
    svg +=
        fmt::format("<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"2\" points=\"", colour);
    for (std::size_t i = 0; i < line.x.size(); ++i) {
      svg += fmt::format("{:.1f},{:.1f} ", at_x(line.x[i]), at_y(line.y[i]));
    }
    return svg + "\"/>\n";
  }

  const ChartPanel& panel_;
  double left_;
  Range x_;
  Range y_;
};

}  // namespace

std::string line_chart(const std::vector<ChartPanel>& panels) {
  const std::vector<ChartLine>& lines = panels.front().lines;
  const double stride = kLeft + kPanelWidth + 24.0;
  const double width = stride * static_cast<double>(panels.size());
  const double legend = kTop + kPanelHeight + kBottom + 10.0;
  const auto rows = static_cast<double>((lines.size() + 2) / 3);
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
      "height=\"{1:.0f}\" font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      width, legend + kLegendRow * rows);
  for (std::size_t i = 0; i < panels.size(); ++i) {
    svg += PanelWriter(panels[i], kLeft + stride * static_cast<double>(i)).write();
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const double x = kLeft + width / 3.2 * static_cast<double>(i % 3);
    const double y = legend + kLegendRow * static_cast<double>(i / 3);
    svg += fmt::format(
        "<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" "
        "stroke-width=\"3\"/>\n",
        x, x + 22, y - 4, y - 4, kColours[i % std::size(kColours)]);
    svg += text(x + 28, y, "start", lines[i].name);
  }
  return svg + "</svg>\n";
}

}  // namespace flyball
