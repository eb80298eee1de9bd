#include "tools/daemon/live_line.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <memory>
#include <string>

using namespace flyball;

namespace {

class Screen {
 public:
  explicit Screen(std::size_t columns = 200)
      : file_(std::tmpfile(), &std::fclose),
        line({file_.get(), true, [this] { return now_seconds; }, columns}) {
    line.name_knobs({{"cpu", {1e8, 2e8}, {0}}, {"gpu", {3e8, 6e8}, {1}}, {"batch", {1, 8}, {}}});
  }
  void row(double watts, std::optional<Setting> setting, double served = 2.0) {
    TelemetryRow row;
    row.period_seconds = 0.2;
    row.after_effect = {0.2, 0.2 * watts, 0.02 * served, served, 0.0};
    row.setting = setting;
    row.decided_by = setting ? DecidedBy::kPolicy : DecidedBy::kResident;
    line.note(row);
    now_seconds += 0.2;
  }
  std::string written() {
    std::string text(static_cast<std::size_t>(std::ftell(file_.get())), ' ');
    std::rewind(file_.get());
    const std::size_t size = std::fread(text.data(), 1, text.size(), file_.get());
    text.resize(size);
    return text;
  }

 private:
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;

 public:
  double now_seconds = 0.0;
  LiveLine line;
};

Setting pinned() {
  Setting setting;
  setting.resize(3);
  setting[0] = {1, 1};
  setting[1] = {0, 1};
  setting[2] = {1, 1};
  return setting;
}

}  // namespace

TEST_CASE("the line tells setting, power, latency, saving and what was left to the kernel") {
  Screen screen;
  screen.row(10.0, pinned());
  CHECK(screen.line.text() ==
        "0 s: cpu 200 MHz, gpu up to 600 MHz, batch 8; - W, - ms, no stock yet, fallbacks 0");
  for (int i = 0; i < 20; ++i) screen.row(10.0, std::nullopt);
  CHECK(screen.line.text().find("the kernel decides") != std::string::npos);
  screen.line.set_fallbacks(3);
  for (int i = 0; i < 20; ++i) screen.row(8.0, pinned());
  const std::string text = screen.line.text();
  CHECK(text.find("; 8.00 W, 20.0 ms, saves 20 %, fallbacks 3") != std::string::npos);
}

TEST_CASE("it is rewritten at most twice a second, cut to the width, and wiped without a trace") {
  Screen screen(30);
  for (int i = 0; i < 10; ++i) screen.row(10.0, pinned());  // two seconds
  screen.line.clear();
  screen.line.clear();
  const std::string text = screen.written();
  std::size_t lines = 0;
  std::size_t begin = 0;
  for (std::size_t end = text.find('\r'); end != std::string::npos; end = text.find('\r', begin)) {
    CHECK(end - begin < 30);
    lines += end > begin ? 1 : 0;
    begin = end + 1;
  }
  CHECK(lines == 4 + 1);
  CHECK(text.find('\n') == std::string::npos);
  CHECK(text.find('\033') == std::string::npos);
  CHECK(text.ends_with("\r" + std::string(29, ' ') + "\r"));
}

TEST_CASE("where there is no terminal nothing is written") {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), &std::fclose);
  LiveLine line({file.get(), std::nullopt, {}, {}});
  CHECK_FALSE(line.is_on());
  line.note({});
  line.clear();
  CHECK(std::ftell(file.get()) == 0);
}
