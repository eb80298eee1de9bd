#include "tools/progress.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <memory>
#include <string>

using namespace flyball;

namespace {

struct Recorder {
  std::FILE* stream = std::tmpfile();
  double now_seconds = 100.0;

  ~Recorder() { std::fclose(stream); }
  ProgressOutput output(bool is_terminal) {
    ProgressOutput output;
    output.stream = stream;
    output.is_terminal = is_terminal;
    output.now_seconds = [this] { return now_seconds; };
    return output;
  }
  std::string text() const {
    std::string text(static_cast<std::size_t>(std::ftell(stream)), ' ');
    std::rewind(stream);
    const std::size_t size = std::fread(text.data(), 1, text.size(), stream);
    text.resize(size);
    return text;
  }
};

}  // namespace

TEST_CASE("work that ends within a second shows nothing") {
  Recorder recorder;
  {
    Progress progress("train", 100, recorder.output(true));
    recorder.now_seconds += 0.9;
    progress.update(100);
  }
  CHECK(recorder.text().empty());
}

TEST_CASE("away from a terminal there is a line every five seconds and one at the end") {
  Recorder recorder;
  {
    Progress progress("train", 1000, recorder.output(false));
    for (int second = 1; second <= 10; ++second) {
      recorder.now_seconds += 1.0;
      progress.update(second * 50.0);
    }
  }
  CHECK(recorder.text() ==
        "train: 5 % (50 of 1000), 50/s, 19 s left\n"
        "train: 30 % (300 of 1000), 50/s, 14 s left\n"
        "train: 50 % (500 of 1000), 50/s, 10 s left\n");
}

TEST_CASE("what is left is not told of almost nothing done") {
  Recorder recorder;
  {
    Progress progress("explore", 1000, recorder.output(false));
    recorder.now_seconds += 2.0;
    progress.update(0.01);
    recorder.now_seconds += 8.0;
    progress.update(5);
  }
  CHECK(recorder.text() ==
        "explore: 0 % (0 of 1000), 0.005/s, 2 s\n"
        "explore: 0 % (5 of 1000), 0.5/s, 33:10 min left\n"
        "explore: 0 % (5 of 1000), 0.5/s, 33:10 min left\n");
}

TEST_CASE("on a terminal one line is rewritten and blanked where it got shorter") {
  Recorder recorder;
  {
    Progress progress("train", 10, recorder.output(true));
    recorder.now_seconds += 2.0;
    progress.update(2, "loss 0.125");
    recorder.now_seconds += 2.0;
    progress.update(10);
  }
  CHECK(recorder.text() ==
        "\rtrain: 20 % (2 of 10), 1/s, 8 s left, loss 0.125"
        "\rtrain: 100 % (10 of 10), 2.5/s, 4 s             "
        "\rtrain: 100 % (10 of 10), 2.5/s, 4 s             \n");
}

TEST_CASE("an unknown total shows count, rate and time so far") {
  Recorder recorder;
  {
    Progress progress("import", 0, recorder.output(false));
    recorder.now_seconds += 200.0;
    progress.update(5000);
  }
  CHECK(recorder.text() == "import: 5000, 25/s, 3:20 min\nimport: 5000, 25/s, 3:20 min\n");
}
