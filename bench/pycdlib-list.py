"""Prints the path of every file and folder of an image by pycdlib: pycdlib-list.py IMAGE"""
import sys

import pycdlib

iso = pycdlib.PyCdlib()
iso.open(sys.argv[1])
for folder, folders, files in iso.walk(rr_path='/'):
    for name in folders + files:
        print(folder.rstrip('/') + '/' + name)
iso.close()
