"""Makes an image bootable by pycdlib: pycdlib-inject.py IMAGE OUTPUT"""
import sys

import pycdlib

iso = pycdlib.PyCdlib()
iso.open(sys.argv[1])
iso.add_eltorito(
    '/ISOLINUX/ISOLINUX.BIN;1',
    '/ISOLINUX/BOOT.CAT;1',
    rr_bootcatname='boot.cat',
    joliet_bootcatfile='/isolinux/boot.cat',
    boot_load_size=4,
    boot_info_table=True,
)
iso.write(sys.argv[2])
iso.close()
