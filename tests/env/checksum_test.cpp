#include "env/checksum.h"

#include <doctest/doctest.h>

#include <string>

using namespace flyball;

TEST_CASE("the checksum of known texts is that of zlib, in one piece or in several") {
  CHECK(crc32(0, nullptr, 0) == 0);
  CHECK(crc32(0, "123456789", 9) == 0xCBF43926);
  const std::string text = "The quick brown fox jumps over the lazy dog";
  CHECK(crc32(0, text.data(), text.size()) == 0x414FA339);
  for (std::size_t first = 0; first <= text.size(); ++first) {
    const std::uint32_t former = crc32(0, text.data(), first);
    CHECK(crc32(former, text.data() + first, text.size() - first) == 0x414FA339);
  }
}
