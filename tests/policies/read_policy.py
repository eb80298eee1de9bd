"""Reads a policy file by policies/FORMAT.md alone: python3 read_policy.py WRITER DIRECTORY"""
import json
import math
import os
import struct
import subprocess
import sys
import zlib


def read(path):
    with open(path, "rb") as file:
        raw = file.read()
    (length,) = struct.unpack("<Q", raw[:8])
    assert length % 8 == 0, "the header is padded to 8 bytes"
    header = json.loads(raw[8 : 8 + length])
    return header.pop("__metadata__"), header, raw[8 + length :]


def check_cover(tensors, data):
    position = 0
    for entry in sorted(tensors.values(), key=lambda t: t["data_offsets"]):
        begin, end = entry["data_offsets"]
        assert entry["dtype"] == "F32"
        assert begin == position, "tensors lie without gaps"
        assert end - begin == 4 * math.prod(entry["shape"])
        position = end
    assert position == len(data), "the tensors cover the data"


def checksum(metadata, tensors, data):
    crc = 0
    for key in sorted(metadata):
        if key != "checksum":
            crc = zlib.crc32(f"{key}\0{metadata[key]}\0".encode(), crc)
    for name in sorted(tensors):
        shape = ",".join(str(size) for size in tensors[name]["shape"])
        begin, end = tensors[name]["data_offsets"]
        crc = zlib.crc32(f"{name}\0{shape}\0".encode() + data[begin:end], crc)
    return f"crc32:{crc:08x}"


def main():
    writer, directory = sys.argv[1:]
    path = os.path.join(directory, "sample.flyball")
    subprocess.run([writer, path], check=True)
    metadata, tensors, data = read(path)
    check_cover(tensors, data)
    assert all(isinstance(value, str) for value in metadata.values())
    assert metadata["checksum"] == checksum(metadata, tensors, data)
    assert metadata["format"] == "flyball-policy" and metadata["schema"] == "5"
    assert json.loads(metadata["heads"]) == {"cost": "smooth", "constraint": "joint", "members": 1}
    knobs = json.loads(metadata["knobs"])
    assert [len(knob["levels"]) for knob in knobs] == [3, 4]
    assert len(json.loads(metadata["observation"])) == tensors["cost.0.weight"]["shape"][1]
    assert metadata["support"] == "fff"
    assert tensors["cost.phi"]["shape"] == [12, 6]


main()
