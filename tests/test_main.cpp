#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "tests/support/skip.h"

namespace {
bool was_skipped = false;
}

void flyball::skip_test(const std::string& why) {
  was_skipped = true;
  MESSAGE("skipped: " << why);
}

int main(int argc, char** argv) {
  const int result = doctest::Context(argc, argv).run();
  return result == 0 && was_skipped ? flyball::kSkippedExitCode : result;
}
