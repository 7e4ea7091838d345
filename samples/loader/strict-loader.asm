; strict-loader.asm: a boot file that believes nothing.
;
; It stands in for the loaders of vendor recovery discs: an El Torito boot file without emulation, of which
; the firmware loads 2,048 bytes (load size 4) to 0000:7C00 and which finds the rest of itself through the
; boot info table. Where a real loader forgives, this one refuses, so a disc that boots it was made right:
;
;   STRICT-LOADER OK pvd=16 file=NNN length=NNNN
;   STRICT-LOADER FAIL table      a field is 0, the reserved bytes are not, or the length is not this file's
;   STRICT-LOADER FAIL pvd        bi_pvd is not 16, or no Primary Volume Descriptor stands there
;   STRICT-LOADER FAIL read       the firmware could not read a sector
;   STRICT-LOADER FAIL checksum   what was loaded does not add up to bi_csum
;
; The line goes to the first serial port and to the screen, then the machine halts.
;
; Build: nasm -f bin -o strict-loader.bin strict-loader.asm

cpu 386                         ; 32-bit sums in real mode
bits 16
org 0x7C00

SECTOR          equ 2048
PVD_LBA         equ 16          ; a single session's; later sessions are not for this loader
PVD_BUFFER      equ 0x1000      ; free memory above the BIOS data area, below our stack
SERIAL_DATA     equ 0x3F8
SERIAL_STATUS   equ 0x3FD       ; line status register; bit 5: ready for the next byte
READ_ATTEMPTS   equ 3           ; a drive that is still spinning up fails once or twice

; ---- first sector: what the firmware loads ----------------------------------------------------------------

first_sector:
        jmp     0:start                 ; some firmware enters at 07C0:0000; make CS 0 for all
        times   8 - ($ - $$) db 0

bi_pvd:      dd 0                       ; El Torito boot info table, filled in on the disc
bi_file:     dd 0
bi_length:   dd 0
bi_csum:     dd 0
bi_reserved: times 40 db 0
        times   64 - ($ - $$) db 0

start:
        cli
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, 0x7C00
        sti
        cld
        mov     [drive], dl

check_table:
        mov     si, word_table
        xor     eax, eax
        cmp     [bi_pvd], eax
        je      fail
        cmp     [bi_file], eax
        je      fail
        cmp     [bi_csum], eax
        je      fail
        cmp     dword [bi_length], LENGTH  ; catches a file cut short by whoever extracted it
        jne     fail
        mov     di, bi_reserved
        mov     cx, 40 / 4
        repe scasd
        jne     fail

check_pvd:
        mov     si, word_pvd
        mov     eax, [bi_pvd]
        cmp     eax, PVD_LBA
        jne     fail
        mov     bx, PVD_BUFFER
        call    read_sector
        mov     si, word_pvd
        mov     di, PVD_BUFFER
        cmp     byte [di], 1            ; volume descriptor type 1: primary
        jne     fail
        cmp     dword [di + 1], 'CD00'
        jne     fail
        cmp     byte [di + 5], '1'
        jne     fail

; The table's bi_file and bi_length, not our own constants, say what is read: they are what is on trial.
load_rest:
        mov     ecx, [bi_length]
        add     ecx, SECTOR - 1
        shr     ecx, 11
        dec     cx                      ; the first sector is here already
        mov     eax, [bi_file]
        mov     bx, first_sector
.next:
        inc     eax
        add     bx, SECTOR
        call    read_sector
        loop    .next

; The last word is summed whole, as it stands on the disc: bytes between the end of the file and the next
; multiple of 4 must be zero there, or the sum is wrong.
check_sum:
        mov     ecx, [bi_length]
        sub     cx, 64 - 3
        shr     cx, 2
        mov     bx, start
        xor     eax, eax
.next:
        add     eax, [bx]
        add     bx, 4
        loop    .next
        mov     si, word_checksum
        cmp     eax, [bi_csum]
        jne     fail
        jmp     report_success          ; far behind the first sector: only there if the rest was loaded

; SI: the reason
fail:
        mov     di, line
        push    si
        mov     si, text_fail
        call    append
        pop     si
        call    append
        jmp     finish

; EAX: LBA, BX: where to. Keeps all registers; does not return when the sector cannot be read.
; The packet is built on the stack: anything written inside the file would change what is summed.
read_sector:
        pushad
        mov     cx, READ_ATTEMPTS
.attempt:
        push    dword 0                 ; disk address packet, last field first: LBA, 64 bits
        push    eax
        push    word 0                  ; buffer: segment
        push    bx                      ;         offset
        push    word 1                  ; sectors, of 2,048 bytes on a CD; the firmware may change it
        push    word 16                 ; size of the packet
        mov     si, sp
        pushad
        mov     dl, [drive]
        mov     ah, 0x42                ; INT 13h extensions: extended read
        int     0x13
        popad                           ; leaves the carry flag alone, as LEA does
        lea     sp, [esp + 16]
        jnc     .done
        loop    .attempt
        mov     si, word_read
        jmp     fail
.done:
        popad
        ret

; Copies the zero-ended string at SI to DI; DI ends at the copied zero.
append:
        lodsb
        stosb
        test    al, al
        jnz     append
        dec     di
        ret

; Appends EAX as a decimal number at DI.
append_number:
        mov     ebx, 10
        xor     cx, cx
.divide:
        xor     edx, edx
        div     ebx
        push    dx
        inc     cx
        test    eax, eax
        jnz     .divide
.write:
        pop     ax
        add     al, '0'
        stosb
        loop    .write
        mov     byte [di], 0
        ret

; Prints the line and stops. The serial port first and in one go: firmware without a screen sends INT 10h
; output to the same port, and letters of the two must not mix.
finish:
        mov     si, text_end
        call    append
        mov     si, line
.serial:
        lodsb
        test    al, al
        jz      .serial_done
        mov     ah, al
        xor     cx, cx                  ; wait 65,536 looks at most: the port may be missing
.busy:
        mov     dx, SERIAL_STATUS
        in      al, dx
        test    al, 0x20
        loopz   .busy
        mov     dx, SERIAL_DATA
        mov     al, ah
        out     dx, al
        jmp     .serial
.serial_done:
        mov     si, line
.screen:
        lodsb
        test    al, al
        jz      .halt
        mov     ah, 0x0E                ; INT 10h: write as a teletype
        mov     bx, 0x0007
        push    si
        int     0x10
        pop     si
        jmp     .screen
.halt:
        hlt
        jmp     .halt

text_fail:      db 'STRICT-LOADER FAIL ', 0
word_table:     db 'table', 0
word_pvd:       db 'pvd', 0
word_read:      db 'read', 0
word_checksum:  db 'checksum', 0
text_end:       db 13, 10, 0

; What changes while running lies outside the file, in free memory below the stack.
drive   equ 0x0600
line    equ 0x0610

        times   SECTOR - ($ - $$) db 0

; ---- second sector: text that nothing runs ----------------------------------------------------------------

blob:
        db      'This loader was written to test tools that make discs bootable. It boots nothing: it checks', 10
        db      'how it was put on the disc and prints one line. What follows is filler with a known rule, so', 10
        db      'that the checksum runs over more than zeros: x(n+1) = (x(n) * 1103515245 + 12345) mod 2^31.', 10

%assign x 2048
%rep 430
%assign x (x * 1103515245 + 12345) & 0x7FFFFFFF
        dd      x
%endrep

; ---- third sector: the part that says OK ------------------------------------------------------------------

        times   2 * SECTOR - ($ - $$) db 0xAA
        times   700 db 0x55             ; so that the code below starts well inside the sector

report_success:
        mov     di, line
        mov     si, text_pvd
        call    append
        mov     eax, [bi_pvd]
        call    append_number
        mov     si, text_file
        call    append
        mov     eax, [bi_file]
        call    append_number
        mov     si, text_length
        call    append
        mov     eax, [bi_length]
        call    append_number
        jmp     finish

text_pvd:       db 'STRICT-LOADER OK pvd=', 0
text_file:      db ' file=', 0
text_length:    db ' length=', 0

; A length that is no multiple of 4, nor of 2,048: the last word ends in bytes that are not the file's.
        times   3 - (($ - $$) & 3) db 0
        db      'END', 10, '!', 10
LENGTH  equ     $ - $$
