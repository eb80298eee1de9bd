// The metadata of a policy file as the string map of a safetensors header, and back. Internal to
// policies/.
#pragma once

#include <map>
#include <string>

#include "policies/policy_file.h"

namespace flyball {

using MetadataMap = std::map<std::string, std::string>;

// All keys but "checksum".
MetadataMap to_map(const PolicyMetadata& metadata);

// Throws std::invalid_argument naming the field at fault and what was expected: absent or unknown
// keys, wrong types. What the values mean is checked by validate(PolicyFile).
PolicyMetadata metadata_from_map(const MetadataMap& map);

}  // namespace flyball
