"""Makes an image of a tree with Joliet and Rock Ridge: pycdlib-make.py TREE IMAGE VOLUME-ID"""
import os
import re
import sys

import pycdlib


def iso_name(name, folder, taken):
    """An ISO 9660 level 1 name that no sibling has."""
    stem, dot, ending = name.rpartition('.')
    if not stem:
        stem, ending = name, ''
    stem = re.sub('[^A-Z0-9_]', '_', stem.upper())[:8]
    ending = '' if folder else re.sub('[^A-Z0-9_]', '_', ending.upper())[:3]
    candidate, number = stem, 0
    while (candidate, ending) in taken:
        number += 1
        candidate = '%s%03d' % (stem[:5], number)
    taken.add((candidate, ending))
    return candidate if folder else '%s.%s;1' % (candidate, ending)


def add_folder(iso, folder, iso_path, joliet_path):
    taken = set()
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        is_folder = os.path.isdir(path)
        as_iso = iso_path + '/' + iso_name(name, is_folder, taken)
        as_joliet = joliet_path + '/' + name
        if is_folder:
            iso.add_directory(as_iso, rr_name=name, joliet_path=as_joliet)
            add_folder(iso, path, as_iso, as_joliet)
        else:
            iso.add_file(path, as_iso, rr_name=name, joliet_path=as_joliet)


def main():
    tree, image, volume_id = sys.argv[1:]
    iso = pycdlib.PyCdlib()
    iso.new(interchange_level=1, joliet=3, rock_ridge='1.09', vol_ident=volume_id)
    add_folder(iso, tree, '', '')
    iso.write(image)
    iso.close()


main()
