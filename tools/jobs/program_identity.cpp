#include "tools/jobs/program_identity.h"

#include <fmt/format.h>

#include <boost/crc.hpp>
#include <fstream>
#include <iterator>

#include "tools/commit.h"

namespace flyball {

std::string program_identity() {
  std::string identity = fmt::format("{} {}", FLYBALL_VERSION, commit());
  if (!identity.ends_with("-dirty") && !identity.ends_with("unknown")) return identity;
  std::ifstream file("/proc/self/exe", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return fmt::format("{} {:08x}", identity, crc.checksum());
}

}  // namespace flyball
