// Certificates and keys in PEM's format, as TLS takes them. Pure function.
#pragma once

#include <string>

namespace flyball {

// The file's text. Throws DataError naming the file where it cannot be read or holds no block
// "BEGIN ... `what`": "CERTIFICATE", "PRIVATE KEY".
std::string read_pem(const std::string& path, const std::string& what);

}  // namespace flyball
