// The checksum of checkpoints and of TensorBoard's records: CRC-32C (Castagnoli, reflected,
// polynomial 0x82f63b78; RFC 3720, appendix B.4). Pure function.
#pragma once

#include <cstdint>
#include <string_view>

namespace flyball {

std::uint32_t crc32c(std::string_view bytes);

}  // namespace flyball
